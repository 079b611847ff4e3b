"""Changed blobs before both parsers, and what came of each."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from harness.sensing.corruption.parsers import BlobParser, description_of, verdict_of
from harness.sensing.corruption.sweeps import Case, Sweep
from kernels_ref import BlobError, WeightBlob
from kernels_ref.blob_header import CRC_SIZE, HEADER, PLAIN_FLAGS

SAME, ANOTHER = "the same", "another"
_FLAGS_AT, _WIDTH_AT = HEADER.offset_of("flags"), HEADER.offset_of("mlp_width")
_BATCH = 500
_BATCH_BYTES = 800_000


@dataclass(frozen=True)
class Wrong:
    """A case in which a parser is wrong, or the two disagree."""

    sweep: str
    number: int
    wrong: str

    def __str__(self) -> str:
        return f"{self.sweep}, case {self.number}: {self.wrong}"


@dataclass
class Tally:
    """What came of one sweep. `found`: how often each error was named, SAME and ANOTHER read."""

    sweep: str
    cases: int
    tried: int = 0
    found: Counter[str] = field(default_factory=Counter)
    wrong: int = 0


def judge(
    parser: BlobParser, sweep: Sweep, numbers: Iterable[int], on_wrong: Callable[[Wrong], None]
) -> Iterator[Tally]:
    """Both parsers on every case of these numbers; yields the tally so far after each batch."""
    tally = Tally(sweep.name, sweep.cases)
    for batch in _batches(sweep, numbers):
        parser.send([case.data for _, case in batch])
        ours = [oracle(case) for _, case in batch]
        theirs = parser.verdicts(len(batch))
        for (number, case), (found, want, wrong), got in zip(batch, ours, theirs, strict=True):
            tally.tried += 1
            tally.found[found] += 1
            problem = wrong or _disagreement(case, found, want, got)
            if problem:
                tally.wrong += 1
                on_wrong(Wrong(sweep.name, number, problem))
        yield tally


def _batches(sweep: Sweep, numbers: Iterable[int]) -> Iterator[list[tuple[int, Case]]]:
    batch: list[tuple[int, Case]] = []
    size = 0
    for number in numbers:
        case = sweep.case(number)
        batch.append((number, case))
        size += len(case.data)
        if len(batch) == _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def oracle(case: Case) -> tuple[str, bytes, str]:
    """What the oracle found, what the node has to say then, and what is wrong with it."""
    try:
        blob = WeightBlob.parse(case.data)
    except BlobError as error:
        kind = type(error)
        is_right = case.right in (None, kind)
        wrong = "" if is_right else f"the oracle says {kind.__name__}, right is {_name(case)}"
        return kind.__name__, verdict_of(kind), wrong
    found = SAME if case.data == case.base else ANOTHER
    return found, description_of(blob, case.data), _wrong_acceptance(case, blob, found)


def _name(case: Case) -> str:
    return case.right.__name__ if case.right else "any error"


def _wrong_acceptance(case: Case, blob: WeightBlob, found: str) -> str:
    if case.right:
        return f"the oracle reads it, right is {_name(case)}"
    if found is ANOTHER and not case.repaired:
        return "a changed blob is read, and its CRC was not made right"
    if blob.serialize() != _as_written(case.data):
        return "what the oracle reads is not what the bytes say"
    return ""


def _as_written(data: bytes) -> bytes:
    """Nobody looks at the MLP's width of a plain blob, and it is written as 0."""
    if data[_FLAGS_AT] & ~int(PLAIN_FLAGS) or not data[_WIDTH_AT]:
        return data
    body = data[:_WIDTH_AT] + b"\0" + data[_WIDTH_AT + 1 : -CRC_SIZE]
    return body + zlib.crc32(body).to_bytes(CRC_SIZE, "little")


def _disagreement(case: Case, found: str, want: bytes, got: bytes) -> str:
    if got == want:
        return ""
    said = int.from_bytes(got[:4], "little")
    node = f"refuses it with 0x{said:X}" if said else "reads it"
    right = f", right is {_name(case)}" if case.right else ""
    if not said and found in (SAME, ANOTHER):
        node = "reads another shape"
    return f"the oracle says {found}{right}, the node {node}"
