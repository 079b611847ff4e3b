"""Run by `orphans.py`: reads +PID, -PID, +FOLDER and -FOLDER, and when its input ends, ends the
processes and removes the folders that are left."""

import contextlib
import os
import shutil
import signal
import sys


def main() -> None:
    """Until standard input ends."""
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
    main()
