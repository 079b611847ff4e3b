"""Only one session at a time builds in a folder; another one says that it waits."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from harness.build.firmware import Progress
from harness.errors import BenchError

LOCK = ".lock"


class NoLocks(BenchError):
    """The file system of the build folder has no locks."""

    def __init__(self, build_dir: Path, why: str) -> None:
        super().__init__(
            f"The build folder {build_dir} lies on a file system without locks: {why}.",
            "Name a folder on another one with --build-dir.",
        )
        self.build_dir = build_dir


@contextlib.contextmanager
def build_lock(build_dir: Path, say: Progress) -> Iterator[None]:
    """Inside, no other session builds in the folder, which is made if it is not there. A session
    that has waited finds everything built.

    Raises: NoLocks; OSError when the folder cannot be written.
    """
    build_dir.mkdir(parents=True, exist_ok=True)
    _try_locks(build_dir)
    lock = FileLock(build_dir / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"waiting for another session that builds in {build_dir}")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _try_locks(build_dir: Path) -> None:
    """Raises NoLocks, where filelock would wait for ever because it sees a lock that is held."""
    try:
        import fcntl
    except ImportError:
        return  # Windows: filelock locks by other means there
    descriptor = os.open(build_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass  # somebody has the lock, so there are locks
    except OSError as error:
        raise NoLocks(build_dir, error.strerror or str(error)) from None
    finally:
        os.close(descriptor)
