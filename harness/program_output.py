"""Runs programs for their output."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
_END_S = 5.0  # that a program has to end when it is asked to


def program_output(
    command: Sequence[str],
    cwd: Path | str | None = None,
    timeout: float | None = None,
    env: Mapping[str, str] | None = None,
    errors_apart: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Runs it without input. `stdout` is its output as text, its errors among it unless they are
    kept apart, in `stderr`. Raises as subprocess.run."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if errors_apart else subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )


@contextlib.contextmanager
def program_lines(
    command: Sequence[str], env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Runs it without input; `stdout` gives its lines, errors among them, as they come.

    At the end of the block the program and everything that it has started are ended, so that a
    build that is stopped leaves no compiler behind. Raises as subprocess.Popen.
    """
    with subprocess.Popen(
        command,
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=sys.platform != "win32",
    ) as process:
        try:
            yield process
        except BaseException:
            _end(process)
            raise


def _end(process: subprocess.Popen[str]) -> None:
    """Ends the program and its children, which are one process group."""
    signal_group(process, signal.SIGTERM)
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
    signal_group(process, KILL)


def signal_group(process: subprocess.Popen[Any], number: int) -> bool:
    """Sends a signal to a program that leads a process group, and to its children. Returns False
    when none of them is left."""
    try:
        if sys.platform == "win32":
            process.terminate()
        else:
            os.killpg(process.pid, number)
    except OSError:
        return False
    return True
