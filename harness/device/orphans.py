"""No device outlives the session that started it, not even one that is killed outright.

QEMU goes on when its standard input ends. So a small process watches over all devices of this one:
it holds the other end of a pipe, and when that ends without a word it ends what is left. This needs
nothing but pipes, and so works on every system.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path

_WATCHER = Path(__file__).with_name("orphan_watcher.py")

_lock = threading.Lock()
_watcher: subprocess.Popen[bytes] | None = None


def watch(pid: int) -> None:
    """This child is ended when this process has ended without ending it."""
    _tell(b"+", pid)


def forget(pid: int) -> None:
    """The child has ended; its number may become another's."""
    _tell(b"-", pid)


def _tell(what: bytes, pid: int) -> None:
    global _watcher
    with _lock:
        if _watcher is None:
            _watcher = subprocess.Popen(
                [sys.executable, "-I", "-S", _WATCHER],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,  # what ends this session's processes is not to end it
            )
        assert _watcher.stdin is not None
        with contextlib.suppress(OSError):  # it was killed too
            _watcher.stdin.write(b"%b%d\n" % (what, pid))
