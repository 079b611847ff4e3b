"""The oracle stands alone: numpy and construct, nothing of the harness."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROBE = """
import sys
before = set(sys.modules)
import kernels_ref, kernels_ref.packets
outside = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(outside - set(sys.stdlib_module_names) - {"kernels_ref"}))
"""


def test_the_oracle_needs_numpy_and_construct_only() -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    third_party = {name for name in run.stdout.split() if not name.startswith("_")}
    assert third_party == {"construct", "numpy"}
