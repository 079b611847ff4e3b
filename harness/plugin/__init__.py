"""The pytest plugin: one node for the whole session, under pytest-embedded's own fixtures.

Every pytest of an environment with this package loads it. In a session that names no target and
belongs to no firmware of ours it adds its options and markers; nothing else of the package is
imported then.

entry        what every pytest loads: options, markers, the hook, whether a session is ours
options      what a command line means, and what follows from --target
application  what a firmware brings beside the agent
lifecycle    when the session begins and ends
ended        signals that end a session
workers      which of pytest-xdist's processes this is
hil_session  the session: firmware, devices, nodes, journal
dut_session  one device of it, and its node
bring_up     from a device that may run anything to the node that was built
embedded     pytest-embedded's objects, made once a session by its own builders
echo         what the device says, for a person who watches with -s
fixtures     what a test asks for
embedded_fixtures
             what it asks for by the names that pytest-embedded gave it
needs        what a test needs of its target
on_request   tests that run only when -m names them
judged       which sessions and which tests are about the device
blame        whose fault an exception is
verdicts     PASS, FAIL, BENCH of each phase of a test
closing      the verdict of the session, and the exit status
reporting    journal, summary, page
"""

from __future__ import annotations

import pytest

PARTS = (
    "harness.plugin.lifecycle",
    "harness.plugin.fixtures",
    "harness.plugin.embedded_fixtures",
    "harness.plugin.needs",
    "harness.plugin.on_request",
    "harness.plugin.verdicts",
    "harness.plugin.reporting",
)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from harness.plugin.entry import Hooks

    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    from harness.plugin.entry import add_options

    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Loads the rest of the plugin into sessions that are ours. By now every plugin and conftest.py
    is there, so that our fixtures take the place of pytest-embedded's."""
    import importlib

    from harness.plugin.entry import MARKERS, is_ours, take_installed_firmware

    for line in MARKERS:
        config.addinivalue_line("markers", line)
    if is_ours(config):
        take_installed_firmware(config)
        for name in PARTS:
            config.pluginmanager.register(importlib.import_module(name), name)
