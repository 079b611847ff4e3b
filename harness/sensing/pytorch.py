"""PyTorch, which `training/` alone needs: whether it is here, how to install it, how to run it."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.build.requirement import Requirement, require
from harness.doctor.provision import Say
from harness.errors import ToolMissing
from harness.program_output import program_output
from harness.target import project_root

CPU_LOCK, FULL_LOCK = "requirements-train-cpu.lock", "requirements-train.lock"
MADE_BY_HIL = "made-from"
"""A file that `./hil` leaves in the Python environment that it made: it may install packages
there."""
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def find_torch() -> Path | None:
    """Where PyTorch lies in this Python environment, found without importing it."""
    found = importlib.util.find_spec("torch")
    return Path(found.origin) if found is not None and found.origin else None


TORCH = Requirement(
    "PyTorch",
    find_torch,
    advice="Type: ./hil test --train, which installs it (200 MB, or 3 GB where only the"
    " build with CUDA can be had); in an environment of your own: pip install '.[train]'",
)


def supply_torch(root: Path, needed_for: str, say: Say) -> None:
    """Installs PyTorch where it is missing and `./hil` made this Python environment.

    Raises: ToolMissing in any other environment, or when it could not be installed.
    """
    if TORCH.find() is None and (Path(sys.prefix) / MADE_BY_HIL).is_file():
        install_torch(root, say)
    require((TORCH,), needed_for)


def install_torch(root: Path, say: Say) -> None:
    """Installs what the locks for training say into this Python environment.

    The build for the CPU is tried first, from PyTorch's own index or from a folder that pip looks
    into. Where there is none, the ordinary index's build is installed.

    Raises: ToolMissing when neither could be installed.
    """
    say(f"installing PyTorch into {sys.prefix} (200 MB)")
    if _pip(root / CPU_LOCK, "--retries", "1", "--extra-index-url", CPU_INDEX) is not None:
        say("the build for the CPU is not available here: taking the ordinary one, up to 3 GB")
        if (problem := _pip(root / FULL_LOCK)) is not None:
            command = f"{Path(sys.executable).name} -m pip install --require-hashes -r {FULL_LOCK}"
            raise ToolMissing(TORCH.name, "to train", f"pip said: {problem}. Type: {command}")
    importlib.invalidate_caches()


def run_training(module: str, words: Sequence[str]) -> int:
    """`python -m MODULE WORDS`: PyTorch is imported there alone. Returns its exit status."""
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, cwd=project_root(), check=False).returncode


def _pip(lock: Path, *words: str) -> str | None:
    """None when pip has installed it, else the last thing that it said."""
    pip = [sys.executable, "-m", "pip", "--quiet", "install", "--require-hashes"]
    done = program_output([*pip, *words, "-r", str(lock)], errors_apart=True)
    lines = done.stderr.strip().splitlines() or ["pip said nothing"]
    return None if done.returncode == 0 else lines[-1].removeprefix("ERROR: ")
