"""The oracle stands alone: numpy and construct, nothing of the harness. PyTorch is for training."""

from __future__ import annotations

import ast
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


def _imported(file: Path) -> set[str]:
    """The top-level packages that a file names in its imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def test_nothing_but_training_imports_pytorch_or_training() -> None:
    folders = ("kernels_ref", "harness", "hil_tests")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 100
    for file in files:
        found = _imported(file) & {"torch", "training"}
        assert not found, f"{file.relative_to(ROOT)} imports {', '.join(sorted(found))}"
    assert any("torch" in _imported(file) for file in (ROOT / "training").glob("*.py"))
