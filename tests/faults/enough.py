"""A plugin of pytest for sessions on something broken: one failure that says what is looked for is
enough, and the other cases of its test need not fail too."""

from __future__ import annotations

import pytest


def options(words: tuple[str, ...]) -> list[str]:
    """What makes a session end with the first failure that has all the words."""
    return ["-p", __name__, *(f"--enough={word}" for word in words)]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --enough."""
    parser.addoption(
        "--enough", action="append", default=[], help="words of a failure that ends it"
    )


class Enough:
    """Looks at each failure."""

    def __init__(self, config: pytest.Config) -> None:
        self._words: list[str] = config.getoption("enough")
        self._session: pytest.Session | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.failed or self._session is None:
            return
        crash = getattr(report.longrepr, "reprcrash", None)
        said = f"{getattr(crash, 'message', '')}\n{report.longreprtext}"
        if all(word in said for word in self._words):
            self._session.shouldfail = "what is looked for was found"


def pytest_configure(config: pytest.Config) -> None:
    """Registers it where there is something to look for."""
    if config.getoption("enough"):
        config.pluginmanager.register(Enough(config))
