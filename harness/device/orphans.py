"""Nothing outlives the session that made it, not even one that is killed outright.

QEMU goes on when its standard input ends, and sockets and flash files stay where they are. So a
small process watches over the devices and temporary folders of this one: it holds the other end of
a pipe, and when that ends without a word it removes what is left. This needs nothing but pipes, and
so works on every system.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

_WATCHER = Path(__file__).with_name("orphan_watcher.py")

_lock = threading.Lock()
_watcher: subprocess.Popen[bytes] | None = None


def watch(pid: int) -> None:
    """This child is ended when this process has ended without ending it."""
    _tell(b"+", b"%d" % pid)


def forget(pid: int) -> None:
    """The child has ended; its number may become another's."""
    _tell(b"-", b"%d" % pid)


def watch_folder(folder: str) -> None:
    """This folder is removed when this process has ended without removing it."""
    _tell(b"+", os.fsencode(folder))


def forget_folder(folder: str) -> None:
    """It has been removed; its name may become another's."""
    _tell(b"-", os.fsencode(folder))


def _tell(what: bytes, of: bytes) -> None:
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
            _watcher.stdin.write(b"%b%b\n" % (what, of))
