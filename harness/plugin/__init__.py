"""The pytest plugin: one node for the whole session, under pytest-embedded's own fixtures.

Every pytest of an environment with this package loads it. In a session that names no target and
belongs to no firmware of ours it adds its options and markers and is done; nothing else of the
package is imported then.

standing     whether a session is ours
command_line the options
options      what a command line means, and what follows from --target
bench        the session: firmware, device, node, journal
embedded     pytest-embedded's objects, made once a session by its own builders
echo         what the device says, for whoever watches with -s
steps        build, start, boot report, layout
application  what a firmware brings beside the agent, and the hook by which it says so
lifecycle    when the session begins and ends
waking       a session that names no target, and has tests that need one
fixtures     what a test asks for
embedded_fixtures
             what it asks for by the names that pytest-embedded gave it
needs        what a test needs of its target
on_request   tests that run only when they are asked for
verdicts     PASS, FAIL, BENCH, and the exit status
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
    "harness.plugin.waking",
)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from harness.plugin import hooks

    pluginmanager.add_hookspecs(hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    from harness.plugin.command_line import add_options

    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """The rest of the plugin comes only into sessions that are ours. By now every plugin and
    conftest.py is there, so that our fixtures take the place of pytest-embedded's."""
    import importlib

    from harness.plugin.standing import MARKERS, is_ours, take_installed_firmware

    for line in MARKERS:
        config.addinivalue_line("markers", line)
    if is_ours(config):
        take_installed_firmware(config)
        for name in PARTS:
            config.pluginmanager.register(importlib.import_module(name), name)
