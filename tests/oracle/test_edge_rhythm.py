"""The rhythms' twin against plain numpy and scipy, and against what was put into the signal."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from scipy.linalg import eigh

from kernels_ref.edge.bounded import Bounded
from kernels_ref.edge.config import SLOTS
from kernels_ref.edge.front import Bin
from kernels_ref.edge.rhythm import Rhythm, confidence
from kernels_ref.edge.rhythm_spectrum import PAIRS, powers, root_of, square, strengths
from tests.oracle.plain_rhythm import breath, changes

MASK = np.zeros(SLOTS, np.bool_)
MASK[6:32] = MASK[33:59] = True
HZ = 50
BINS = HZ * 65  # 60 s heard, and what is heard has been looked at


def seconds(n: int = BINS) -> np.ndarray:
    return np.arange(n) / HZ


def wave(bpm: float, n: int = BINS, shape: float = 0.0) -> np.ndarray:
    """One of size 1; shape: of its second and third harmonic."""
    angle = 2 * np.pi * bpm / 60 * seconds(n)
    return np.sin(angle) + shape * np.sin(2 * angle + 1) + shape / 2 * np.sin(3 * angle + 2)


def room(*sources: tuple[float, np.ndarray], seed: int = 1, noise: float = 0.02) -> np.ndarray:
    """[bins, carriers]: each source in some carriers more, in others less, or the other way."""
    rng = np.random.default_rng(seed)
    n, carriers = BINS if not sources else len(sources[0][1]), int(MASK.sum())
    still = 1 + 0.3 * rng.standard_normal(carriers)
    path = np.cumsum(rng.standard_normal((len(sources), carriers)), axis=1)  # smooth over the band
    path = path / np.sqrt((path**2).mean(axis=1, keepdims=True)) if len(sources) else path
    made = still + noise * rng.standard_normal((n, carriers))
    for (size, source), each in zip(sources, path, strict=True):
        made += size * source[:, None] * each
    return made


def bins(n: np.ndarray, held: Iterable[bool] = ()) -> list[Bin]:
    values = np.zeros((len(n), SLOTS), np.float32)
    values[:, MASK] = n
    held = list(held) or [False] * len(n)
    ratio = Bounded(np.zeros((SLOTS - 6, 2)), np.zeros((SLOTS - 6, 2)))
    return [
        Bin(MASK, h, Bounded(row.astype(np.float64), np.zeros(SLOTS)), ratio, row)
        for row, h in zip(values, held, strict=True)
    ]


def heard(n: np.ndarray, held: Iterable[bool] = (), moving: Iterable[bool] = ()) -> Rhythm:
    """What is known after all of it."""
    rhythm = Rhythm()
    moves = list(moving) or [False] * len(n)
    for each, moved in zip(bins(n, held), moves, strict=True):
        rhythm.take(each, moved)
    return rhythm


# ---- against other ways to the same figures -----------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_answer_is_that_of_plain_numpy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = room((0.004, wave(float(rng.uniform(7, 28)))), seed=seed)
    n[rng.random(len(n)) < 0.01] += 0.5  # odd ones
    told = heard(n[: HZ * 62])
    # the last sample that a window ends with is a tenth more than 60 s old
    plain = breath(n[: HZ * 60 + 25])
    assert told.breath.bpm.value == pytest.approx(plain.bpm, abs=1e-3)
    expected = confidence(Bounded(plain.clear, 0.0)).value
    assert told.breath.conf.value == pytest.approx(expected, abs=1e-3)


def test_the_series_is_that_of_plain_numpy() -> None:
    rng = np.random.default_rng(5)
    n = room((0.01, wave(15)), seed=5)[: HZ * 30]
    n[rng.random(len(n)) < 0.02] *= 1.4
    rhythm = heard(n)
    rows = np.stack(rhythm.series.rows)
    plain = changes(n)
    assert len(rows) == len(plain) == rhythm.series.samples
    sums = 7 * 5 * 2.0**-24 * 2 * 1.4 * 2  # of 7 carriers in 5 bins, of two samples
    assert np.abs(rows - plain).max() < sums
    assert np.abs(plain).max() > 1e-3


@pytest.mark.parametrize("seed", range(3))
def test_strengths_are_generalised_eigenvalues(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((20, 8, 3)) @ rng.standard_normal((3, 3))
    c = x @ x.transpose(0, 2, 1)
    rows, columns = np.tril_indices(8)
    noise = c.mean(axis=0)
    root = root_of(Bounded(noise[rows, columns], np.zeros(PAIRS)))
    assert root is not None
    loaded = noise + np.eye(8) * np.trace(noise) / 16
    found = strengths(root, Bounded(c[:, rows, columns], np.zeros((20, PAIRS))))
    right = [np.linalg.norm(eigh(each, loaded, eigvals_only=True)) for each in c]
    assert np.allclose(found.value, right, rtol=1e-6)
    assert np.allclose(square(c[:, rows, columns]), c)
    vectors = rng.standard_normal((20, 8, 2))
    power = powers(root, Bounded(vectors, np.zeros_like(vectors)))
    inverse = np.linalg.inv(loaded)
    assert np.allclose(
        power.value, np.einsum("rip,ij,rjp->r", vectors, inverse, vectors), rtol=1e-6
    )


@pytest.mark.parametrize("size", [1e-7, 1e-4])
def test_bounds_hold_where_the_input_is_off(size: float) -> None:
    rng = np.random.default_rng(7)
    x = rng.standard_normal((20, 8, 3))
    c = (x @ x.transpose(0, 2, 1))[:, *np.tril_indices(8)]
    off = size * np.abs(rng.standard_normal(c.shape))

    def found(c: np.ndarray, bound: np.ndarray) -> Bounded:
        root = root_of(Bounded(c.mean(axis=0), bound.mean(axis=0)))
        return strengths(root, Bounded(c, bound))

    judged, moved = found(c, off), found(c + off * rng.choice([-1, 1], c.shape), 0 * off)
    assert np.all(np.abs(judged.value - moved.value) <= judged.bound)
    assert np.all(judged.bound < 2000 * size * judged.value)


# ---- against what was put in --------------------------------------------------------------------


@pytest.mark.parametrize("bpm", [6.0, 10.0, 15.3, 20.0, 27.0])
def test_breathing_is_found(bpm: float) -> None:
    rhythm = heard(room((0.01, wave(bpm))))
    assert rhythm.breath_valid
    assert rhythm.breath.bpm.value == pytest.approx(bpm, abs=0.3)
    assert rhythm.breath.persons == 1
    assert not rhythm.heart_valid


@pytest.mark.parametrize("rate_hz", [5, 8, 17])
def test_frames_may_be_few(rate_hz: int) -> None:
    """A bin without a frame repeats the last: what is found does not depend on the rate."""
    n = room((0.03, wave(14.0)))
    rng = np.random.default_rng(rate_hz)
    own = rng.random(len(n)) < rate_hz / HZ
    own[0] = True
    last = np.maximum.accumulate(np.where(own, np.arange(len(n)), 0))
    rhythm = heard(n[last], ~own)
    assert rhythm.breath_valid
    assert rhythm.breath.bpm.value == pytest.approx(14.0, abs=0.5)


@pytest.mark.parametrize("seed", range(12))
def test_noise_is_no_rhythm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drift = np.cumsum(rng.standard_normal(BINS)) / 300
    rhythm = Rhythm()
    for each in bins(room((0.02, drift), seed=seed)):
        rhythm.take(each, moving=False)
        assert not rhythm.breath_valid and not rhythm.heart_valid


def test_nothing_is_valid_in_the_first_50_seconds() -> None:
    assert not heard(room((0.02, wave(12)))[: HZ * 50]).breath_valid
    assert heard(room((0.02, wave(12)))[: HZ * 53]).breath_valid


@pytest.mark.parametrize(("breath_bpm", "heart_bpm"), [(15.0, 67.0), (12.0, 78.0)])
def test_a_heartbeat_is_found(breath_bpm: float, heart_bpm: float) -> None:
    rhythm = heard(room((0.01, wave(breath_bpm)), (0.008, wave(heart_bpm))))
    assert rhythm.heart_valid
    assert rhythm.heart.bpm.value == pytest.approx(heart_bpm, abs=1.0)
    assert rhythm.breath_valid
    assert rhythm.breath.bpm.value == pytest.approx(breath_bpm, abs=0.3)


@pytest.mark.parametrize("bpm", [17.0, 20.0, 29.0])
def test_a_harmonic_of_breathing_is_no_heartbeat(bpm: float) -> None:
    """A breath that is far from round: its third is as strong as a heartbeat would be."""
    angle = 2 * np.pi * bpm / 60 * seconds()
    rhythm = heard(room((0.02, np.tanh(4 * np.sin(angle)))))
    assert rhythm.breath_valid
    assert not rhythm.heart_valid


def test_slow_frames_show_no_heartbeat() -> None:
    """At ten frames a second what is faster than five a second looks like a slow one."""
    n = room((0.01, wave(15)), (0.02, wave(600 + 80.0)))
    own = np.arange(len(n)) % 5 == 0
    last = np.maximum.accumulate(np.where(own, np.arange(len(n)), 0))
    rhythm = heard(n[last], ~own)
    assert not rhythm.heart_valid
    assert rhythm.heart.conf.value == 0.0


@pytest.mark.parametrize(("one", "other"), [(10.0, 16.0), (14.0, 23.0), (11.0, 26.0)])
def test_two_who_breathe_apart_are_two(one: float, other: float) -> None:
    rhythm = heard(room((0.012, wave(one)), (0.012, wave(other)), seed=3))
    assert rhythm.breath_valid
    assert rhythm.breath.persons == 2
    assert min(abs(rhythm.breath.bpm.value - x) for x in (one, other)) < 0.5


@pytest.mark.parametrize("bpm", [8.0, 10.0, 13.0])
def test_a_second_harmonic_is_no_second_person(bpm: float) -> None:
    rhythm = heard(room((0.012, wave(bpm, shape=0.7))))
    assert rhythm.breath.persons == 1


def test_two_alike_are_one() -> None:
    rhythm = heard(room((0.012, wave(14.0)), (0.012, wave(16.0)), seed=3))
    assert rhythm.breath.persons == 1


# ---- movement -----------------------------------------------------------------------------------


def walk(n: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """The same with a body that walks while `moving`: 6 % in 200 ms, in every carrier."""
    rng = np.random.default_rng(2)
    pace = rng.standard_normal((len(n) // 10 + 1, 1)).repeat(10, axis=0)[: len(n)]
    return n + 0.06 * pace * moving[:, None]


def judged(n: np.ndarray, moving: np.ndarray) -> tuple[Rhythm, list[bool]]:
    """What is known after all of it, and whether breathing was valid after each bin."""
    rhythm = Rhythm()
    valid = []
    for each, moved in zip(bins(n), moving, strict=True):
        rhythm.take(each, bool(moved))
        valid.append(rhythm.breath_valid)
    return rhythm, valid


def test_movement_hides_a_rhythm_while_it_lasts() -> None:
    n = room((0.01, wave(15, BINS + 80 * HZ)))
    moving = np.zeros(len(n), np.bool_)
    moving[BINS : BINS + 30 * HZ] = True
    _, valid = judged(walk(n, moving), moving)
    assert valid[BINS - 1]
    assert not any(valid[BINS + 16 * HZ : BINS + 30 * HZ]), "by then the window is full of it"
    assert valid[-1], "it is heard again"


def test_a_chest_that_moves_the_amplitudes_like_a_walk_is_heard() -> None:
    """Called movement, but slow: 9 % of the amplitude, 3 % in 200 ms at most."""
    n = room((0.09, wave(15, BINS + 40 * HZ)), noise=0.03)
    moving = np.arange(len(n)) >= 20 * HZ
    rhythm, valid = judged(n, moving)
    assert rhythm.breath.bpm.value == pytest.approx(15, abs=0.5)
    assert all(valid[BINS:])


def test_what_was_heard_before_long_movement_is_forgotten() -> None:
    n = room((0.01, wave(15, BINS + 160 * HZ)))
    moving = np.arange(len(n)) >= BINS
    moving[-1] = False
    rhythm, _ = judged(walk(n, moving), moving)
    assert not rhythm.breath_valid
    assert rhythm.windows == 0 and rhythm.breath.bpm.value == 0.0


def test_a_window_that_is_too_loud_is_not_looked_at() -> None:
    rng = np.random.default_rng(1)
    loud = np.cumsum(rng.standard_normal((BINS, int(MASK.sum()))), axis=0) / 4
    rhythm = heard(room((0.02, wave(15))) + loud)
    assert rhythm.windows == 0 and not rhythm.breath_valid


def test_other_carriers_begin_again() -> None:
    n = room((0.01, wave(15)))
    rhythm = Rhythm()
    for i, each in enumerate(bins(n)):
        mask = MASK.copy()
        mask[59] = i >= 2000
        rhythm.take(Bin(mask, False, each.n, each.ratio, each.single), moving=False)
    tenths = (BINS - 2000) // 5
    assert rhythm.series.samples == (tenths - 8) // 2
    assert rhythm.windows == 0
