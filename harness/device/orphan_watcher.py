"""Run by `orphans.py`: reads +PID and -PID, and when its input ends, ends the processes left."""

import contextlib
import os
import signal
import sys


def main() -> None:
    """Until standard input ends."""
    left: set[int] = set()
    for line in sys.stdin:
        change = left.add if line[0] == "+" else left.discard
        change(int(line[1:]))
    for pid in left:
        with contextlib.suppress(OSError):  # it has ended by itself
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


if __name__ == "__main__":
    main()
