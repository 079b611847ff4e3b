"""Measuring in a process of its own that has one thread for linear algebra.

Threads that wait for a busy core would otherwise be most of what is measured, and what one
measurement leaves in memory is nothing to the next.
"""

from __future__ import annotations

import os
import subprocess
import sys

from harness.errors import BenchError
from harness.target import project_root

_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "VECLIB")}


def in_one_thread(module: str, *arguments: object) -> bytes:
    """Run `main()` of a module in such a process and return what it writes to stdout.

    Raises:
        BenchError: the process failed.
    """
    path = os.pathsep.join([str(project_root()), os.environ.get("PYTHONPATH", "")])
    run = subprocess.run(
        [sys.executable, "-c", f"from {module} import main; main()", *map(str, arguments)],
        env=os.environ | _ONE_THREAD | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        check=False,
    )
    if run.returncode:
        raise BenchError(f"the measurement in {module} ended with status {run.returncode}")
    return run.stdout
