"""Frames as radios store them: the same room gives the same features from every layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.node import EspErr
from harness.sensing.node import SensingNode
from harness.sensing.structs.edge import EdgeFeatures
from hil_tests.support.edge import check
from hil_tests.support.judge import Judge
from kernels_ref.carriers import FORMS, ROWS, USED, Basis, Row, layout_word
from kernels_ref.edge.config import CsiFrame, EdgeConfig

pytestmark = [pytest.mark.needs("memory", 96 * 1024), pytest.mark.edge_alone]

CONFIG = EdgeConfig(calibration_ms=2_000)
ROOM = np.exp(2j * np.pi * np.random.default_rng(6).uniform(0, 1, 3))


def channel(k: np.ndarray, moment: float) -> np.ndarray:
    """Three paths, one of which changes: complex, of carriers k."""
    delays = np.array([0.0, 0.013, 0.031])
    size = np.array([1.0, 0.5 + 0.2 * np.sin(moment), 0.3])
    turned = np.exp(-2j * np.pi * np.outer(delays, k))
    return np.asarray((size * ROOM) @ turned * 45)


def stored(row: Row, moment: float, absent: int = 0) -> np.ndarray:
    """The channel as this row's frame, int8 [pairs, 2]: imaginary, real, nulls empty."""
    parts = []
    for index, name in enumerate(row.forms):
        form = FORMS[name]
        least, most = USED[form.basis]
        k = np.array([form.carrier(pair) for pair in range(form.pairs)])
        z = np.where((least <= abs(k)) & (abs(k) <= most), channel(k, moment), 0)
        if not absent >> index & 1:
            parts.append(np.stack([z.imag, z.real], axis=1))
    return np.concatenate(parts).round().astype(np.int8)


def frames(row: Row, n: int = 200, absent: int = 0, word: int | None = None) -> list[CsiFrame]:
    """50 a second."""
    made = [stored(row, 0.05 * i, absent) for i in range(n)]
    layout = layout_word(row.number, absent) if word is None else word
    return [CsiFrame(20_000 * i, iq, len(iq), layout=layout) for i, iq in enumerate(made)]


def play(node: SensingNode, judge: Judge, what: str, made: Sequence[CsiFrame]) -> EdgeFeatures:
    return check(node, judge, what, CONFIG, made)[-1]


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.name)
def test_a_layout_that_is_told(node: SensingNode, judge: Judge, row: Row) -> None:
    """Node and twin agree, nothing is passed over, and the change of the room is seen as from the
    simplest layout of the same carriers."""
    seen = play(node, judge, row.name, frames(row))
    counted = (seen.frames, seen.refused, seen.plain, seen.other_basis, seen.faint, seen.relinks)
    assert counted == (200, 0, 0, 0, 0, 0)
    if FORMS[row.forms[0]].basis is Basis.LLTF:
        simplest = play(node, judge, "simplest", frames(ROWS[1]))
        assert seen.motion_energy == pytest.approx(simplest.motion_energy, rel=0.02)


@pytest.mark.parametrize("row", [r for r in ROWS.values() if r.number < 16], ids=lambda r: r.name)
def test_a_layout_that_its_nulls_tell(node: SensingNode, judge: Judge, row: Row) -> None:
    told = play(node, judge, "told", frames(row))
    untold = play(node, judge, "not told", frames(row, word=0))
    assert untold.plain == untold.other_basis == 0
    assert untold.motion_energy == pytest.approx(told.motion_energy, rel=0.05)


def test_lengths_that_mix_are_one_link(node: SensingNode, judge: Judge) -> None:
    """Frames of the legacy field alone between frames of both: nothing is passed over, and a room
    that does not change stays still."""
    long, short = stored(ROWS[2], 1.0), stored(ROWS[1], 1.0)
    made = [
        CsiFrame(20_000 * i, iq, len(iq)) for i in range(200) for iq in [short if i % 3 else long]
    ]
    seen = play(node, judge, "mixed", made)
    assert (seen.other_basis, seen.relinks, seen.plain) == (0, 0, 0)
    assert seen.motion_energy < 0.01


def test_two_antennas_at_once_are_another_picture(node: SensingNode, judge: Judge) -> None:
    """STBC frames between others are counted and passed over."""
    made = frames(ROWS[1])
    odd = frames(ROWS[3])
    mixed = [odd[i] if i % 10 == 9 else frame for i, frame in enumerate(made)]
    assert play(node, judge, "mixed", mixed).other_basis == 20


def test_a_layout_that_its_frame_contradicts_is_refused(node: SensingNode) -> None:
    good = frames(ROWS[1], 5)
    wrong = {2: replace(good[2], layout=layout_word(33)), 3: replace(good[3], layout=99)}
    with node.edge(CONFIG) as edge:
        seen = edge.push([wrong.get(i, frame) for i, frame in enumerate(good)])
    assert [f.error for f in seen] == [
        0,
        0,
        EspErr.ESP_ERR_INVALID_SIZE,
        EspErr.ESP_ERR_NOT_SUPPORTED,
        0,
    ]
    assert (seen[-1].features.frames, seen[-1].features.refused) == (3, 2)
