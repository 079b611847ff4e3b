"""`hil reliability --only fuzz`"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.cli.console import FOUND_WRONG, GOOD, print_line, print_table, say
from harness.errors import ToolMissing
from harness.report import STOPPED_BY_HAND
from harness.sensing.fuzz import (
    TARGETS,
    FuzzRun,
    branches,
    build_feeders,
    build_fuzzers,
    fuzz,
    minimise,
    missing_compiler,
    pack,
    replay,
    seeds,
    unpack,
)

SECONDS = 60


@dataclass(frozen=True)
class FuzzPlan:
    """seconds: of each target; 0: the kept inputs only. keep: what is found is kept."""

    seed: int
    seconds: int
    keep: bool


def prove_fuzz(plan: FuzzPlan) -> int:
    """The kept inputs, then libFuzzer's own; exit status 1 when one of them finds something."""
    rows: list[list[str]] = []
    wrong = 0
    stopped = False
    try:
        with tempfile.TemporaryDirectory(prefix="hil-fuzz-") as folder:
            wrong += _replay(Path(folder))
            _print_branches(Path(folder) / "coverage")
            missing = missing_compiler() if plan.seconds else ""
            if missing:
                say(f"skipped: libFuzzer: {missing}")
            elif plan.seconds:
                wrong += _fuzz(plan, Path(folder), rows)
    except KeyboardInterrupt:
        stopped = True
    columns = ["target", "reads", "executions", "edges", "features", "corpus", "findings"]
    if rows:
        print_table(columns, rows, f"libFuzzer, seed {plan.seed}, {plan.seconds} s each")
    verdict = "FAIL" if wrong else "STOPPED" if stopped else "PASS"
    print_line(f"{verdict}: {wrong} findings")
    if wrong:
        return FOUND_WRONG
    return STOPPED_BY_HAND if stopped else GOOD


def _replay(folder: Path) -> int:
    """Returns how many targets the kept inputs are wrong in."""
    feeders = build_feeders()
    wrong = 0
    for target in TARGETS:
        done = replay(feeders / target, unpack(target, folder / f"{target}-kept"))
        say(f"{target}: {done.inputs} kept inputs executed")
        if done.wrong:
            wrong += 1
            say(f"WRONG  {target}: {done.wrong}")
    return wrong


def _print_branches(folder: Path) -> None:
    try:
        rows = [
            [each.source, str(each.reached), str(each.all), ", ".join(map(str, each.missed))]
            for each in branches(folder)
        ]
    except ToolMissing as missing:
        say(f"skipped: branches: {missing}")
        return
    columns = ["source", "reached", "branches", "lines with others"]
    print_table(columns, rows, "Branches that the kept inputs reach")


def _fuzz(plan: FuzzPlan, folder: Path, rows: list[list[str]]) -> int:
    fuzzers = build_fuzzers()
    wrong = 0
    for target, reads in TARGETS.items():
        corpus = folder / target
        unpack(target, corpus)
        for number, seed in enumerate(seeds(target)):
            (corpus / f"seed{number}").write_bytes(seed)
        run = fuzz(fuzzers / target, corpus, plan.seconds, plan.seed)
        rows.append(_row(run, reads))
        say(f"{target}: {run.executions:,} executions, {run.edges:,} edges")
        if run.wrong:
            wrong += 1
            say(f"WRONG  {target}: {run.wrong}\n  input: {run.finding.hex()}")
        elif plan.keep:
            pack(target, minimise(fuzzers / target, corpus, folder / f"{target}-smallest"))
            say(f"{target}: kept")
    return wrong


def _row(run: FuzzRun, reads: str) -> list[str]:
    counts = (run.executions, run.edges, run.features, run.corpus, int(bool(run.wrong)))
    return [run.target, reads, *(f"{count:,}" for count in counts)]
