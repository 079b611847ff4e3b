"""Weights store and settings on an emulated flash: every cut and every fault, by a program of the
firmware's own C with sanitizers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from harness.errors import BenchError
from harness.program_output import program_lines
from harness.sensing.kernel_library import build_here
from harness.sensing.power.blobs import small_blobs
from harness.target import project_root

PROGRAM = "power_cuts"
_LAST_LINES = 15


@dataclass(frozen=True)
class Sweep:
    """One kind of case in every place where it can be. Counts are of what was done.

    torn: cuts inside an operation. refused: updates that ended with an error. lost: found damaged
    and told as that. wrong: what was neither whole nor told.
    """

    of: str
    sweep: str
    cases: int
    done: int
    cuts: int
    torn: int
    pairs: int
    faults: int
    refused: int
    lost: int
    wrong: int


@dataclass(frozen=True)
class Wrong:
    """A case that went wrong; `number` is its own among those of its sweep."""

    of: str
    sweep: str
    state: str
    number: int
    wrong: str

    def __str__(self) -> str:
        return f"{self.of}, {self.sweep}, {self.state}, case {self.number}: {self.wrong}"


def build_program(firmware: Path | None = None, folder: Path | None = None) -> Path:
    """The program, built when something of it has changed. Raises BenchError."""
    source = (firmware or project_root() / "firmware") / "host_library" / "power"
    return build_here(source, folder or project_root() / "build" / "power") / PROGRAM


def run_sweeps(
    program: Path,
    *,
    seed: int = 1,
    one_in: int = 1,
    only: Sequence[str] = (),
    on_wrong: Callable[[Wrong], None] = lambda _wrong: None,
    on_sweep: Callable[[Sweep], None] = lambda _sweep: None,
) -> list[Sweep]:
    """Goes through all cases, or one in so many, drawn from the seed.

    only: words of the program, as `subject=weights`. Raises BenchError when a sanitizer ends it.
    """
    done: list[Sweep] = []
    with tempfile.TemporaryDirectory(prefix="hil-power-") as folder:
        blobs = [Path(folder, f"{number}.rvne") for number in range(len(small_blobs(seed)))]
        for path, blob in zip(blobs, small_blobs(seed), strict=True):
            path.write_bytes(blob)
        command = [str(program), *map(str, blobs), f"seed={seed}", f"one_in={one_in}", *only]
        lines: list[str] = []
        with program_lines(command) as process:
            assert process.stdout is not None
            for line in process.stdout:
                lines = [*lines, line][-_LAST_LINES:]
                _take(line, done, on_sweep, on_wrong)
    if process.returncode not in (0, 1) or not done:
        raise BenchError(f"{PROGRAM} ended with {process.returncode}:\n{''.join(lines).strip()}")
    return done


def _take(
    line: str,
    done: list[Sweep],
    on_sweep: Callable[[Sweep], None],
    on_wrong: Callable[[Wrong], None],
) -> None:
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError:
        return  # a sanitizer's, which ends it
    if set(told) == {field.name for field in fields(Wrong)}:
        on_wrong(Wrong(**told))
    else:
        done.append(Sweep(**told))
        on_sweep(done[-1])
