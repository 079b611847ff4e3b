"""A session that names no target, in a project that has a firmware: it drives the usual target if a
test needs one, and is any pytest's session otherwise."""

from __future__ import annotations

import pytest

from harness.plugin.bench import BENCH
from harness.plugin.judged import judges_no_device, needs_device, only_informs
from harness.plugin.lifecycle import begin
from harness.plugin.needs import skip_what_lacks
from harness.plugin.process import runs_tests_itself, worker_input
from harness.plugin.reporting import start_reporter


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Now it is known which tests run."""
    config = session.config
    if BENCH in config.stash or only_informs(config) or judges_no_device(config):
        return
    # Only a session in one process can find out; its others have begun without a report.
    if not runs_tests_itself(config) or worker_input(config) or session.testsfailed:
        return
    if any(map(needs_device, session.items)):
        begin(config)
        if BENCH in config.stash:
            _catch_up(session)


def _catch_up(session: pytest.Session) -> None:
    """What a session that named its target has done by now."""
    config = session.config
    _start_junit(session)
    start_reporter(session)
    skip_what_lacks(config, session.items)


def _start_junit(session: pytest.Session) -> None:
    """pytest's writer of the JUnit file, when it found no file to write as the session began."""
    manager = session.config.pluginmanager
    plugin = manager.get_plugin("junitxml")
    if plugin is None or any(type(one).__name__ == "LogXML" for one in manager.get_plugins()):
        return
    before = manager.get_plugins()
    plugin.pytest_configure(session.config)
    for writer in manager.get_plugins() - before:
        writer.pytest_sessionstart()
