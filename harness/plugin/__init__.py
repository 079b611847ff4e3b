"""The pytest plugin: one node for the whole session, under pytest-embedded's own fixtures.

options      what a command line means, and what follows from --target
bench        the session: firmware, device, node, journal
embedded     pytest-embedded's objects, made once a session by its own builders
echo         what the device says, for whoever watches with -s
steps        build, start, boot report, layout
application  what a firmware brings beside the agent, and the hook by which it says so
fixtures     what a test asks for
embedded_fixtures
             what it asks for by the names that pytest-embedded gave it
needs        what a test needs of its target
on_request   tests that run only when they are asked for
verdicts     PASS, FAIL, BENCH, and the exit status
reporting    journal, summary, page
"""

import pytest

pytest_plugins = [
    "harness.plugin.options",
    "harness.plugin.lifecycle",
    "harness.plugin.fixtures",
    "harness.plugin.embedded_fixtures",
    "harness.plugin.needs",
    "harness.plugin.on_request",
    "harness.plugin.verdicts",
    "harness.plugin.reporting",
]


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from harness.plugin import hooks

    pluginmanager.add_hookspecs(hooks)
