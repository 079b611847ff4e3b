"""`hil deploy`"""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.run import PYTEST_WORDS, run_suite
from harness.target.registry import DEFAULT_TARGET

_TEST = "hil_tests/test_deploy.py::test_a_model_is_deployed"


@click.command(context_settings={**PYTEST_WORDS, "help_option_names": ["-h", "--help"]})
@click.argument("model", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--target", default=DEFAULT_TARGET, show_default=True, help="Where the node runs.")
@click.option("--port", help="The board's port; auto: the only board that is attached.")
@click.option("--set", "may_set", is_flag=True, help="Write the settings that the model needs.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def deploy(
    model: Path,
    target: str,
    port: str | None,
    may_set: bool,
    pytest_arguments: tuple[str, ...],
) -> int:
    """Write the model in MODEL (.rvne) into a node's weights slot, and prove that it runs there.

    Shape, feed and memory are checked before anything changes. Then the node restarts, and its boot
    report, the bytes in its flash and the logits of known frames have to be the model's. If they
    are not, the node runs again what it ran before. Other words go to pytest.

    Exit status 1 when the node does not run the model, 2 when the model does not fit the node or
    the bench failed.
    """
    from harness.sensing.deploy.model import read_model

    read_model(model)  # a file that is not a model is refused before anything is built
    words = ["-m", "deploy", "--as-found", "--target", target, f"--model={model.resolve()}"]
    words += ["--port", port] if port else []
    words += ["--set"] if may_set else []
    return run_suite((*words, *pytest_arguments, _TEST))
