"""Run in the process of pytest-embedded's queues. A module of its own without imports of ours: with
them that process would load all of the harness, which takes longer than everything it does."""

from __future__ import annotations

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """Ends this process with the one it serves, however that ends, and so the listeners that wait
    for it."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
