"""The lines that the session itself prints on the terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, cast

import pytest

from harness.plugin.workers import is_worker
from harness.visible import visible


class TerminalOutput:
    """Prints what the session is doing. Prints nothing in a worker of pytest-xdist, nor with -q."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._line_is_open = False

    def say(self, line: str) -> None:
        """Prints a line that stays."""
        if reporter := self._reporter():
            self.clear()
            with self._on_the_terminal():
                reporter.write_line(f"hil: {visible(line)}")

    def show(self, text: str) -> None:
        """Prints lines that stay, without a prefix."""
        if reporter := self._reporter():
            self.clear()
            with self._on_the_terminal():
                reporter.write_line(visible(text))

    def progress(self, line: str) -> None:
        """Shows what is being done now, in place of the line before. Only a terminal shows it."""
        reporter = self._reporter()
        if reporter is not None and reporter.isatty:
            with self._on_the_terminal():
                reporter.rewrite(f"     {visible(line)}", erase=True)
            self._line_is_open = True

    def percent(self, doing: str) -> Callable[[int, int], None]:
        """Returns a function of (done, all) that shows how much of something is done."""

        def tell(done: int, everything: int) -> None:
            if done % max(1, everything // 100) == 0:
                self.progress(f"{doing} {done / everything:4.0%}")

        return tell

    def clear(self) -> None:
        """Removes the line that `progress` showed last."""
        if self._line_is_open:
            self._line_is_open = False
            with self._on_the_terminal():
                self._reporter().rewrite("", erase=True)

    def _on_the_terminal(self) -> contextlib.AbstractContextManager[None]:
        """Inside a test pytest captures all output, but these lines have to be seen at once."""
        capture = self._config.pluginmanager.getplugin("capturemanager")
        disabled = capture.global_and_fixture_disabled() if capture else contextlib.nullcontext()
        return cast("contextlib.AbstractContextManager[None]", disabled)

    def _reporter(self) -> Any:
        if is_worker(self._config) or getattr(self._config.option, "verbose", 0) < 0:
            return None
        return self._config.pluginmanager.getplugin("terminalreporter")
