"""Runs of a target: over the inputs that are kept, and by libFuzzer, which makes its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import BenchError
from harness.program_output import program_output

_STATUS = re.compile(r"#(\d+)\s+\S+\s+cov: (\d+) ft: (\d+) corp: (\d+)")
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_MOST_INPUT = 8192
_LONGER_S = 120  # than asked for, before a run is ended
_SHOWN = 3000


@dataclass(frozen=True)
class Replay:
    """The kept inputs of a target, executed. wrong: empty, or what a sanitizer or check said."""

    target: str
    inputs: int
    wrong: str


@dataclass(frozen=True)
class FuzzRun:
    """A run of libFuzzer. edges and features: of the code, reached in all; corpus: inputs."""

    target: str
    executions: int
    edges: int
    features: int
    corpus: int
    wrong: str
    finding: bytes = b""


def replay(feeder: Path, inputs: Sequence[Path]) -> Replay:
    """Feeds files to a target. Raises BenchError when one cannot be read."""
    done = program_output([str(feeder), *map(str, inputs)], timeout=_LONGER_S)
    if done.returncode == 2:
        raise BenchError(f"{feeder.name}: {done.stdout.strip()}")
    return Replay(feeder.name, len(inputs), done.stdout[:_SHOWN] if done.returncode else "")


def fuzz(fuzzer: Path, corpus: Path, seconds: int, seed: int) -> FuzzRun:
    """Lets libFuzzer add to a corpus for so long, or until it has found something."""
    found = corpus.with_name(f"{corpus.name}-found")
    done = program_output(
        [
            *(str(fuzzer), str(corpus), f"-max_total_time={seconds}", f"-seed={seed}"),
            *("-print_final_stats=1", f"-artifact_prefix={found}-", f"-max_len={_MOST_INPUT}"),
            *("-timeout=20", "-use_value_profile=1"),
        ],
        timeout=seconds + _LONGER_S,
    )
    executed = _EXECUTED.search(done.stdout)
    reached = _STATUS.findall(done.stdout)
    if not executed or not reached:
        raise BenchError(f"{fuzzer.name} told no figures:\n{done.stdout[-_SHOWN:]}")
    _, edges, features, inputs = (int(number) for number in reached[-1])
    findings = sorted(found.parent.glob(f"{found.name}-*"))
    return FuzzRun(
        target=fuzzer.name,
        executions=int(executed[1]),
        edges=edges,
        features=features,
        corpus=inputs,
        wrong=_report(done.stdout) if done.returncode else "",
        finding=findings[0].read_bytes() if findings else b"",
    )


def _report(output: str) -> str:
    """What is said from the first word of a check or a sanitizer on."""
    first = re.search(r"^.*(not true:|ERROR: |runtime error:)", output, re.MULTILINE)
    return output[first.start() if first else -_SHOWN :][:_SHOWN]


def minimise(fuzzer: Path, inputs: Path, into: Path) -> list[bytes]:
    """The inputs without which something of the code would not be reached, the shortest of each."""
    into.mkdir(parents=True, exist_ok=True)
    command = [str(fuzzer), "-merge=1", f"-max_len={_MOST_INPUT}", str(into), str(inputs)]
    done = program_output(command, timeout=10 * _LONGER_S)
    if done.returncode:
        raise BenchError(f"{fuzzer.name} merged nothing:\n{done.stdout[-_SHOWN:]}")
    return [path.read_bytes() for path in sorted(into.iterdir())]
