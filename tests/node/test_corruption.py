"""Changed weight blobs before the node's parser and the oracle's: a sample of what `hil reliability
--only corruption` goes through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.sensing.corruption import BlobParser, Case, Sweep, Wrong, all_sweeps, build_parser
from harness.sensing.corruption.judged import ANOTHER, SAME, Tally, judge
from harness.target import project_root
from kernels_ref import init_random_blob
from kernels_ref.blob_errors import BadMagic, CrcMismatch, SizeMismatch

SEED = 3
CHANGES = 4000
SWEEPS = {sweep.name: sweep for sweep in all_sweeps(SEED, CHANGES)}


@pytest.fixture(scope="module")
def parser(firmware: Path) -> Iterator[BlobParser]:
    own = firmware == project_root() / "firmware"
    program = build_parser() if own else build_parser(firmware, firmware / "build" / "corruption")
    with BlobParser(program) as running:
        yield running


def go_through(parser: BlobParser, sweep: Sweep, one_in: int) -> Tally:
    """Judges a sample, in which nothing is wrong."""
    wrong: list[Wrong] = []
    tally = list(judge(parser, sweep, range(0, sweep.cases, one_in), wrong.append))[-1]
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert tally.tried == len(range(0, sweep.cases, one_in)) == sum(tally.found.values())
    return tally


def test_every_flipped_bit_of_the_header_is_refused_for_what_it_is(parser: BlobParser) -> None:
    flips = SWEEPS["bit flipped"]
    header = Sweep(flips.name, 8 * 24, flips.case, 1)
    found = go_through(parser, header, 1).found
    assert found == {
        "BadMagic": 32,
        "UnsupportedVersion": 16,
        "SizeMismatch": 32,
        "CrcMismatch": 112,
    }


@pytest.mark.parametrize("name", SWEEPS)
def test_both_parsers_agree_on_every_change(parser: BlobParser, name: str) -> None:
    sweep = SWEEPS[name]
    found = go_through(parser, sweep, 2 * sweep.one_in - 1).found
    is_drawn = name in ("header", "descriptors", "changed at random")
    assert (found[ANOTHER] > 0) == is_drawn, "only blobs whose CRC was made right are read"


def test_random_changes_reach_every_error(parser: BlobParser) -> None:
    found = go_through(parser, SWEEPS["changed at random"], 1).found
    errors = {"BadMagic", "UnsupportedVersion", "SizeMismatch", "CrcMismatch", "InvalidShape"}
    assert set(found) >= errors | {"UnsupportedFlags", SAME, ANOTHER}


def test_a_change_has_the_same_bytes_each_time() -> None:
    again = {sweep.name: sweep for sweep in all_sweeps(SEED, CHANGES)}
    other = {sweep.name: sweep for sweep in all_sweeps(SEED + 1, CHANGES)}
    for number in range(50):
        drawn = SWEEPS["changed at random"].case(number)
        assert drawn == again["changed at random"].case(number)
    name = "changed at random"
    assert any(SWEEPS[name].case(n) != other[name].case(n) for n in range(50))


BLOB = init_random_blob()


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (Case(BLOB, BLOB, right=CrcMismatch), "the oracle reads it, right is CrcMismatch"),
        (Case(BLOB[:-1], BLOB, right=BadMagic), "the oracle says SizeMismatch, right is BadMagic"),
        (Case(BLOB, BLOB[:-1]), "a changed blob is read, and its CRC was not made right"),
    ],
)
def test_a_wrong_verdict_is_told(parser: BlobParser, case: Case, says: str) -> None:
    wrong: list[Wrong] = []
    (tally,) = judge(parser, Sweep("told", 1, lambda _n: case, 1), [7], wrong.append)
    assert (tally.wrong, [str(each) for each in wrong]) == (1, [f"told, case 7: {says}"])


def test_a_disagreement_is_told(parser: BlobParser, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two are asked about different bytes."""
    flipped = SWEEPS["bit flipped"].case(8 * 5000)
    real = parser.send
    monkeypatch.setattr(parser, "send", lambda _blobs: real([BLOB]))
    wrong: list[Wrong] = []
    list(judge(parser, Sweep("told", 1, lambda _n: flipped, 1), [0], wrong.append))
    says = "the oracle says CrcMismatch, right is CrcMismatch, the node reads it"
    assert [each.wrong for each in wrong] == [says]
    cut = Case(BLOB[:-1], BLOB, right=SizeMismatch)
    monkeypatch.setattr(parser, "send", lambda _blobs: real([flipped.data]))
    list(judge(parser, Sweep("told", 1, lambda _n: cut, 1), [0], wrong.append))
    assert wrong[1].wrong.endswith("the node refuses it with 0x109")
