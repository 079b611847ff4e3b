"""When the session begins and ends."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from harness.connection import DEFAULT_BAUD
from harness.errors import BenchError, DeviceFault
from harness.plugin.bench import BENCH, Bench
from harness.plugin.on_request import check_durations
from harness.plugin.options import check_tools, choose, follow_target, judges_no_device
from harness.plugin.process import (
    is_worker,
    keep_to_own_cores,
    runs_tests_itself,
    worker_id,
    worker_input,
)
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
            check_durations(config)
            check_tools(choice, int(config.option.baud or DEFAULT_BAUD))
        follow_target(config, choice)
    except BenchError as error:
        pytest.exit(str(error), returncode=COULD_NOT_RUN)
    if config.option.collectonly:
        return
    try:
        folder = _report_folder(config, choice.label)
    except OSError as error:
        where = error.filename or config.option.report_dir
        why = f"The report cannot be written to {where}: {error.strerror or error}."
        pytest.exit(f"{why} Name another folder with --report-dir.", returncode=COULD_NOT_RUN)
    if is_worker(config):
        keep_to_own_cores(config)
        # The controller writes the JUnit file.
        config.option.xmlpath = None
    else:
        config.option.xmlpath = config.option.xmlpath or str(folder.junit)
    config.stash[BENCH] = Bench(choice, folder, config, Speaker(config), worker_id(config))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """A worker of pytest-xdist writes into the same folder."""
    bench = node.config.stash.get(BENCH, None)  # type: ignore[attr-defined]
    if bench is not None:
        node.workerinput[_WORKER_FOLDER] = str(bench.folder.path)  # type: ignore[attr-defined]


def pytest_sessionstart(session: pytest.Session) -> None:
    """For workers the image is built here, where progress can be seen; they find it done."""
    bench = session.config.stash.get(BENCH, None)
    if bench is not None and not runs_tests_itself(session.config):
        bench.build_ahead()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """The device is there before the first test."""
    bench = session.config.stash.get(BENCH, None)
    judged = runs_tests_itself(session.config) and any(map(needs_device, session.items))
    if bench is not None and judged:
        bench.prepare()
    return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """The device goes after the last fixture that may still talk to it.

    A test that was stopped by hand is torn down here; the same Ctrl-C may have ended its device.
    """
    bench = session.config.stash.get(BENCH, None)
    try:
        return (yield)
    except (BenchError, DeviceFault) as fault:
        if bench is not None:
            bench.journal.record("teardown", message=str(fault))
        return None
    finally:
        if bench is not None:
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
        for old in (folder.metrics, *folder.path.glob("console*.log")):
            old.unlink(missing_ok=True)
        return folder
    return ReportFolder.create(config.rootpath / "reports", label)
