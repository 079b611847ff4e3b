"""When the session begins and ends."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from harness.connection import DEFAULT_BAUD
from harness.errors import BenchError
from harness.plugin.bench import BENCH, Bench
from harness.plugin.options import check_tools, choose, follow_target, judges_no_device
from harness.plugin.process import is_worker, runs_tests_itself, worker_input
from harness.plugin.speaker import Speaker
from harness.report import ReportFolder

COULD_NOT_RUN = 2
_WORKER_FOLDER = "hil_report_folder"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Everything that can be refused is refused here, in one sentence, before anything is built."""
    if config.option.help or config.option.version or judges_no_device(config):
        return
    try:
        choice = choose(config)
        if not config.option.collectonly:
            check_tools(choice, int(config.option.baud or DEFAULT_BAUD))
        follow_target(config, choice)
    except BenchError as error:
        pytest.exit(str(error), returncode=COULD_NOT_RUN)
    if config.option.collectonly:
        return
    folder = _report_folder(config, choice.label)
    if is_worker(config):
        # The controller writes the JUnit file.
        config.option.xmlpath = None
    else:
        config.option.xmlpath = config.option.xmlpath or str(folder.junit)
    worker = worker_input(config).get("workerid", "")
    config.stash[BENCH] = Bench(choice, folder, config, Speaker(config), worker)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """A worker of pytest-xdist writes into the same folder."""
    bench = node.config.stash.get(BENCH, None)  # type: ignore[attr-defined]
    if bench is not None:
        node.workerinput[_WORKER_FOLDER] = str(bench.folder.path)  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """The device lives exactly as long as tests run."""
    bench = session.config.stash.get(BENCH, None)
    if bench is None or not runs_tests_itself(session.config):
        return (yield)
    if any(needs_device(item) for item in session.items):
        bench.prepare()
    try:
        return (yield)
    finally:
        bench.close()


def needs_device(item: pytest.Item) -> bool:
    """Whether the test asks for the node, itself or through a fixture."""
    return "hil_bench" in getattr(item, "fixturenames", ())


def _report_folder(config: pytest.Config, label: str) -> ReportFolder:
    if is_worker(config):
        return ReportFolder(Path(worker_input(config)[_WORKER_FOLDER]))
    if (path := config.option.report_dir) is not None:
        path.mkdir(parents=True, exist_ok=True)
        folder = ReportFolder(path.resolve())
        folder.metrics.unlink(missing_ok=True)
        return folder
    return ReportFolder.create(config.rootpath / "reports", label)
