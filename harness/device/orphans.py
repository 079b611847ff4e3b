"""Nothing outlives the session that made it, even when the session is killed.

QEMU goes on when its standard input ends, and sockets and flash files stay where they are. So a
small process, which runs this file, watches over the devices and temporary folders of the session.
It holds the other end of a pipe, and when the pipe ends it removes what is left. This needs nothing
but pipes, and so works on every system.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

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


class ScratchFolder(tempfile.TemporaryDirectory[str]):
    """A temporary folder that is removed even if this process is killed."""

    def __init__(self, prefix: str, parent: str | None = None) -> None:
        super().__init__(prefix=prefix, dir=parent)
        watch_folder(self.name)

    def cleanup(self) -> None:
        """Removes it. Its name may become another's."""
        super().cleanup()
        _tell(b"-", os.fsencode(self.name))


def _tell(sign: bytes, what: bytes) -> None:
    global _watcher
    with _lock:
        if _watcher is None:
            _watcher = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,  # what ends this session's processes is not to end it
            )
        assert _watcher.stdin is not None
        with contextlib.suppress(OSError):  # it was killed too
            _watcher.stdin.write(b"%b%b\n" % (sign, what))


def _watch_over() -> None:
    """Reads +PID, -PID, +FOLDER and -FOLDER; when its input ends, removes what is left."""
    left: set[bytes] = set()
    for line in sys.stdin.buffer:
        change = left.add if line[:1] == b"+" else left.discard
        change(line[1:].rstrip(b"\n"))
    for pid in filter(bytes.isdigit, left):
        with contextlib.suppress(OSError):  # it has ended by itself
            os.kill(int(pid), getattr(signal, "SIGKILL", signal.SIGTERM))
    for folder in left:
        if not folder.isdigit():
            shutil.rmtree(os.fsdecode(folder), ignore_errors=True)


if __name__ == "__main__":
    _watch_over()
