"""The session's own lines in the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from harness.plugin.process import is_worker


class Speaker:
    """Tells the terminal what takes time before the first test."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._line_is_open = False

    def say(self, line: str) -> None:
        """One line that stays."""
        if reporter := self._reporter():
            self.clear()
            reporter.write_line(f"hil: {line}")

    def progress(self, line: str) -> None:
        """What is being done right now; replaces itself, so only a terminal shows it."""
        reporter = self._reporter()
        if reporter is not None and reporter.isatty:
            reporter.rewrite(f"     {line}", erase=True)
            self._line_is_open = True

    def clear(self) -> None:
        """Takes away what `progress` showed last."""
        if self._line_is_open:
            self._line_is_open = False
            self._reporter().rewrite("", erase=True)

    def _reporter(self) -> Any:
        if is_worker(self._config) or self._config.option.verbose < 0:
            return None
        return self._config.pluginmanager.getplugin("terminalreporter")
