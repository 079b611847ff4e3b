"""When the session begins and ends."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from harness.errors import BenchError, DeviceFault
from harness.plugin.bench import BENCH, Bench
from harness.plugin.ended import OrderlyEnd
from harness.plugin.judged import (
    UNIT_TESTS,
    judges_no_device,
    needs_device,
    only_informs,
)
from harness.plugin.on_request import asks_on_request
from harness.plugin.options import baud_rate, check_tools, choose, follow_target
from harness.plugin.process import (
    is_worker,
    keep_to_own_cores,
    runs_tests_itself,
    worker_id,
    worker_input,
)
from harness.plugin.standing import names_device
from harness.plugin.terminal_output import TerminalOutput
from harness.report import ReportFolder

COULD_NOT_RUN = 2
_WORKER_FOLDER = "hil_report_folder"
END = pytest.StashKey[OrderlyEnd]()
_STOPPED = pytest.StashKey[KeyboardInterrupt]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A session that says what it drives begins here; of any other its tests must tell first."""
    if only_informs(config):
        return
    if judges_no_device(config):
        _end_in_order(config)
    elif names_device(config) or asks_on_request(config):
        begin(config)


def begin(config: pytest.Config) -> None:
    """Everything that can be refused is refused here, in one sentence, before anything is built."""
    _end_in_order(config)
    try:
        choice = choose(config)
        if not config.option.collectonly:
            check_tools(choice, baud_rate(config))
        follow_target(config, choice)
        if config.option.collectonly:
            return
        folder = _report_folder(config, choice.label)
        if is_worker(config):
            keep_to_own_cores(config)
            config.option.xmlpath = None  # the controller writes the JUnit file
        else:
            _choose_junit(config, folder)
        bench = Bench(choice, folder, config, TerminalOutput(config), worker_id(config))
    except BenchError as error:
        pytest.exit(f"BENCH  {error}", returncode=COULD_NOT_RUN)
    config.stash[BENCH] = bench


def _end_in_order(config: pytest.Config) -> None:
    config.stash[END] = OrderlyEnd()
    config.stash[END].turn_on()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if end := config.stash.get(END, None):
        end.turn_off()


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
        try:
            bench.build_ahead()
        except KeyboardInterrupt as wish:
            # A session that ends while it starts has no end of its own in pytest.
            session.config.stash[_STOPPED] = wish


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Ends a session that was to end while it started."""
    if (wish := session.config.stash.get(_STOPPED, None)) is not None:
        raise wish


def pytest_collection_finish(session: pytest.Session) -> None:
    """A unit test of this project that asks for a device could only fail, and judge nothing."""
    config = session.config
    if END not in config.stash:
        return
    # What was imported stays to the end. pytest has all of it searched for garbage five times then,
    # and Python once more: a second of computing between the verdict and the exit status.
    gc.freeze()
    if BENCH in config.stash or config.option.collectonly or only_informs(config):
        return
    if asking := next(filter(needs_device, session.items), None):
        why = f"{asking.nodeid} asks for a device, and the tests in {UNIT_TESTS}/ have none."
        pytest.exit(f"BENCH  {why} Keep it in another folder.", returncode=COULD_NOT_RUN)


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
    What others fail to write at the end (JUnit) keeps nobody from the verdict.
    """
    bench = session.config.stash.get(BENCH, None)
    if bench is None:
        return (yield)
    session.config.stash[END].ignore()
    try:
        return (yield)
    except (BenchError, DeviceFault) as fault:
        bench.journal.record("teardown", message=str(fault))
    except Exception as error:  # noqa: BLE001 - whatever it is, the session has been judged
        bench.host_failed("The session could not be closed", error)
    finally:
        bench.close()
    return None


def _report_folder(config: pytest.Config, label: str) -> ReportFolder:
    if is_worker(config):
        return ReportFolder(Path(worker_input(config)[_WORKER_FOLDER]))
    try:
        if (path := config.option.report_dir) is not None:
            return ReportFolder.claim(path)
        return ReportFolder.create(config.rootpath / "reports", label)
    except OSError as error:
        where = error.filename or config.option.report_dir
        raise BenchError(
            f"The report cannot be written to {where}: {error.strerror or error}.",
            "Name another folder with --report-dir.",
        ) from None


def _choose_junit(config: pytest.Config, folder: ReportFolder) -> None:
    """Where the JUnit file goes: into the report, if nobody said otherwise. `-p no:junitxml` is to
    say that there shall be none."""
    if not hasattr(config.option, "xmlpath"):
        config.option.xmlpath = None  # pytest-embedded looks at it in any case
        return
    given = config.option.xmlpath
    # as pytest itself reads it
    path = Path(os.path.expandvars(given)).expanduser().absolute() if given else folder.junit
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab" if path.exists() and not path.is_file() else "wb"):
            pass
    except OSError as error:
        raise BenchError(
            f"--junitxml {path} cannot be written: {error.strerror}.", "Name another file."
        ) from None
    config.option.xmlpath = str(path)
