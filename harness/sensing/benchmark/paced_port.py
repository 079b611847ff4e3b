"""A serial port with the node of target `host` behind it, as slow as its baud rate says.

A pseudo-terminal passes bytes as fast as they come; here each waits until its stop bit would have
been on the line. POSIX only.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_PIECES_A_SECOND = 1000
_END_S = 5.0
_BITS = 10  # of a byte on the line, start and stop bit with it


@contextlib.contextmanager
def paced_port(image: Path, baud: int) -> Iterator[str]:
    """The port's name. The node starts with it and ends with it."""
    import pty
    import tty

    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    process = subprocess.Popen(
        [image], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    )
    assert process.stdin is not None and process.stdout is not None
    ended, end = os.pipe()
    ways = ((ours, process.stdin.fileno()), (process.stdout.fileno(), ours))
    threads = [
        threading.Thread(target=_carry, args=(source, sink, baud / _BITS, ended), daemon=True)
        for source, sink in ways
    ]
    for thread in threads:
        thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        process.kill()
        process.wait()
        os.close(theirs)
        os.close(end)
        for thread in threads:  # none may read on from a number that is the next port's
            thread.join(_END_S)
        for number in (ours, ended):
            os.close(number)
        process.stdin.close()
        process.stdout.close()


def _carry(source: int, sink: int, bytes_a_second: float, ended: int) -> None:
    """Passes bytes on, none sooner than the line could, until `ended` can be read."""
    piece = max(1, int(bytes_a_second / _PIECES_A_SECOND))
    free_at = time.perf_counter()
    with contextlib.suppress(OSError):
        while True:
            if not select.select([source], [], [], 0)[0]:  # else the line has not been idle
                if ended in select.select([source, ended], [], [])[0]:
                    return
                free_at = max(free_at, time.perf_counter())
            if not (data := os.read(source, piece)):
                return
            free_at += len(data) / bytes_a_second
            time.sleep(max(0.0, free_at - time.perf_counter()))
            while data:
                data = data[os.write(sink, data) :]
