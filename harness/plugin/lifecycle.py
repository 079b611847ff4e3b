"""Begins and ends the session."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from harness.errors import BenchError, DeviceFault
from harness.plugin.ended import END, OrderlyEnd
from harness.plugin.entry import names_device
from harness.plugin.hil_session import HIL_SESSION, HilSession
from harness.plugin.judged import (
    UNIT_TESTS,
    judges_no_device,
    needs_device,
    only_informs,
)
from harness.plugin.needs import skip_what_lacks
from harness.plugin.on_request import asks_on_request
from harness.plugin.options import baud_rate, check_tools, choose, follow_target
from harness.plugin.reporting import start_reporter
from harness.plugin.workers import (
    is_worker,
    keep_to_own_cores,
    runs_tests_itself,
    worker_input,
)
from harness.report import ReportFolder

COULD_NOT_RUN = 2
_WORKER_FOLDER = "hil_report_folder"
_STOPPED = pytest.StashKey[KeyboardInterrupt]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begins a session whose command line says what it drives. Any other waits until its tests are
    collected."""
    if only_informs(config):
        return
    if judges_no_device(config):
        _end_in_order(config)
    elif names_device(config) or asks_on_request(config):
        begin(config)


def begin(config: pytest.Config) -> None:
    """Begins the session. What can be refused is refused here, before anything is built."""
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
        hil = HilSession(config, choice, folder)
    except BenchError as error:
        pytest.exit(f"BENCH  {error}", returncode=COULD_NOT_RUN)
    config.stash[HIL_SESSION] = hil


def _end_in_order(config: pytest.Config) -> None:
    config.stash[END] = OrderlyEnd()
    config.stash[END].turn_on()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if end := config.stash.get(END, None):
        end.turn_off()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tells a worker of pytest-xdist the folder of the report."""
    hil = node.config.stash.get(HIL_SESSION, None)  # type: ignore[attr-defined]
    if hil is not None:
        node.workerinput[_WORKER_FOLDER] = str(hil.folder.path)  # type: ignore[attr-defined]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Builds the image here for the workers, since only this process can show the progress."""
    hil = session.config.stash.get(HIL_SESSION, None)
    if hil is not None and not runs_tests_itself(session.config):
        try:
            hil.build_ahead()
        except KeyboardInterrupt as wish:
            # pytest cannot end a session in order while it starts.
            session.config.stash[_STOPPED] = wish


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Ends a session that was asked to end while it started."""
    if (wish := session.config.stash.get(_STOPPED, None)) is not None:
        raise wish


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Now it is known which tests run.

    A session that names no target drives the usual one if a test needs it, and is any pytest's
    session otherwise. A unit test of this project that asks for a device is refused: its folder
    says that it judges none.
    """
    config = session.config
    _begin_late(session)
    if END not in config.stash:
        return
    # What has been imported stays until the end, when pytest collects garbage five times and Python
    # once more: without this it takes a second from the verdict to the exit status.
    gc.freeze()
    if HIL_SESSION in config.stash or config.option.collectonly or only_informs(config):
        return
    if asking := next(filter(needs_device, session.items), None):
        why = f"{asking.nodeid} asks for a device, and the tests in {UNIT_TESTS}/ have none."
        pytest.exit(f"BENCH  {why} Keep it in another folder.", returncode=COULD_NOT_RUN)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Starts the device before the first test."""
    hil = session.config.stash.get(HIL_SESSION, None)
    judged = runs_tests_itself(session.config) and any(map(needs_device, session.items))
    if hil is not None and judged:
        hil.prepare()
    return (yield)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Closes the device after the last fixture that may talk to it.

    pytest tears a test down here that Ctrl-C has stopped, and the same Ctrl-C may have ended its
    device. If another plugin cannot write its file (JUnit), the session has a verdict all the same.
    """
    hil = session.config.stash.get(HIL_SESSION, None)
    if hil is None:
        return (yield)
    session.config.stash[END].ignore()
    try:
        return (yield)
    except (BenchError, DeviceFault) as fault:
        hil.journal.record("teardown", message=str(fault))
    except Exception as error:  # noqa: BLE001 - any error: every test has been judged
        hil.host_failed("The session could not be closed", error)
    finally:
        hil.close()
    return None


def _begin_late(session: pytest.Session) -> None:
    """Begins a session whose command line named no device, if a test needs one, and does what such
    a session has missed by now."""
    config = session.config
    if HIL_SESSION in config.stash or only_informs(config) or judges_no_device(config):
        return
    # Only a session in one process can find out; others have begun without a report.
    if not runs_tests_itself(config) or worker_input(config) or session.testsfailed:
        return
    if any(map(needs_device, session.items)):
        begin(config)
        if HIL_SESSION in config.stash:
            _start_junit(session)
            start_reporter(session)
            skip_what_lacks(config, session.items)


def _start_junit(session: pytest.Session) -> None:
    """Starts pytest's writer of the JUnit file, which had no file when the session began."""
    manager = session.config.pluginmanager
    plugin = manager.get_plugin("junitxml")
    if plugin is None or any(type(one).__name__ == "LogXML" for one in manager.get_plugins()):
        return
    before = manager.get_plugins()
    plugin.pytest_configure(session.config)
    for writer in manager.get_plugins() - before:
        writer.pytest_sessionstart()


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
    """Puts the JUnit file into the report, unless --junitxml names another place or
    `-p no:junitxml` asks for none."""
    if not hasattr(config.option, "xmlpath"):
        config.option.xmlpath = None  # pytest-embedded reads it in any case
        return
    given = config.option.xmlpath
    # read as pytest itself reads it
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
