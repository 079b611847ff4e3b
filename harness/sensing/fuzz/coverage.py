"""Which branches of the firmware's readers the kept inputs and the first ones reach, by gcov."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harness.build.requirement import find_program
from harness.errors import BenchError, ToolMissing
from harness.program_output import program_output
from harness.sensing.fuzz.corpora import unpack
from harness.sensing.fuzz.runs import replay
from harness.sensing.fuzz.seeds import seeds
from harness.sensing.fuzz.targets import TARGETS
from harness.sensing.kernel_library import build_here
from harness.target import project_root

SOURCES = (
    *("blob.c", "crc32_ieee.c", "line_codec.c", "base85.c", "agent.c", "reply_cache.c"),
    *("flash_settings.c", "node_settings.c", "csi_codec.c", "packet_encode.c"),
)
"""The files whose branches are counted."""


@dataclass(frozen=True)
class Branches:
    """missed: the lines with a branch that was not taken."""

    source: str
    reached: int
    all: int
    missed: tuple[int, ...]


def branches(inputs: Path) -> list[Branches]:
    """Executes all inputs, which are written into a folder. Raises BenchError."""
    gcov = find_program("gcov")
    if gcov is None:
        raise ToolMissing("gcov", "to count branches", "Install gcc.")
    source = project_root() / "firmware" / "host_library" / "fuzz"
    build = build_here(source, project_root() / "build" / "fuzz-coverage", ("-DCOVERAGE=ON",))
    for old in build.rglob("*.gcda"):
        old.unlink()
    for target in TARGETS:
        files = unpack(target, inputs / target)
        for number, seed in enumerate(seeds(target)):
            files.append(inputs / target / f"seed{number}")
            files[-1].write_bytes(seed)
        done = replay(build / target, files)
        if done.wrong:
            raise BenchError(f"{target}: {done.wrong}")
    taken: Counter[tuple[str, int, int]] = Counter()
    for data in sorted(build.rglob("*.gcda")):
        _add(taken, str(gcov), data)
    return [_of(name, taken) for name in SOURCES]


def _add(taken: Counter[tuple[str, int, int]], gcov: str, data: Path) -> None:
    """A source may be part of several programs."""
    told = program_output(
        [gcov, "--json-format", "--stdout", "--branch-probabilities", str(data)], errors_apart=True
    )
    for report in map(json.loads, told.stdout.splitlines()):
        for file in report["files"]:
            if Path(file["file"]).parent.name == "fuzz":
                continue  # the program's own
            for line in file["lines"]:
                for number, branch in enumerate(line["branches"]):
                    where = (Path(file["file"]).name, line["line_number"], number)
                    taken[where] += branch["count"]


def _of(name: str, taken: Counter[tuple[str, int, int]]) -> Branches:
    own = {where: count for where, count in taken.items() if where[0] == name}
    missed = sorted({line for (_, line, _), count in own.items() if not count})
    return Branches(name, sum(count > 0 for count in own.values()), len(own), tuple(missed))
