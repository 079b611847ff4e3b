"""Leaves these tests out, with a reason, where PyTorch is not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.sensing.pytorch import TORCH


class LeftOut(pytest.Module):
    """A file of tests that cannot be imported here."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Nothing, and why."""
        pytest.skip(f"{TORCH.name} was not found. {TORCH.remedy}", allow_module_level=True)


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Called for every file of this folder."""
    if TORCH.find() is not None:
        return None
    left_out: pytest.Module = LeftOut.from_parent(parent, path=module_path)
    return left_out


def pytest_configure() -> None:
    """One thread: other stages run beside these, and sums come out the same on every machine."""
    if TORCH.find() is not None:
        import torch

        torch.set_num_threads(1)
