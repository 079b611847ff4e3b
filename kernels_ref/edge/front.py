"""The front end: from the frames of one link to bins of 20 ms, in float64 with running bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from kernels_ref.carriers import Carriers, carriers
from kernels_ref.edge.bounded import UNIT, ZERO, Bounded, exact, towards, zeros
from kernels_ref.edge.config import BIN_US, RATIO_STEP, RATIOS, SILENCE_US, SLOTS, CsiFrame
from kernels_ref.edge.single import Float32, demand_within, normalised

MIN_COUNTS = 1.0
BACKWARDS_US = COHERENCE_US = 1_000_000
HALF = SLOTS // 2

Int64 = NDArray[np.int64]


class Verdict(Enum):
    """What becomes of a frame."""

    USED = auto()
    LATE = auto()
    DUPLICATE = auto()
    FAINT = auto()
    OTHER_BASIS = auto()


@dataclass(frozen=True)
class Bin:
    """One bin of 20 ms.

    n: [SLOTS], amplitudes over their mean m; ratio: [RATIOS, 2], z[s+6] conj(z[s]) / m²; mask: bool
    [SLOTS], the slots that hold a carrier; held: no frame came, the values are those of the bin
    before; single: [SLOTS], n as float32 arithmetic leaves it.
    """

    mask: NDArray[np.bool_]
    held: bool
    n: Bounded
    ratio: Bounded
    single: Float32

    @property
    def used(self) -> int:
        """How many slots hold a carrier."""
        return int(self.mask.sum())


@dataclass(frozen=True)
class Look:
    """A frame, judged: amp [SLOTS] in counts, z int64 [SLOTS, 2] (re, im).

    relink: it begins another link, or the same link on other carriers; gap: it follows a silence.
    """

    verdict: Verdict
    relink: bool
    gap: bool
    carriers: Carriers
    amp: Bounded
    z: Int64

    @property
    def mask(self) -> NDArray[np.bool_]:
        """The slots whose carriers are not zero."""
        return np.asarray(self.amp.value) > 0


class Front:
    """Makes the bins of one link. Its methods have to be called in the device's order."""

    def __init__(self) -> None:
        self.link: tuple[bytes, int] | None = None
        self.basis = 0
        self.basis_ts = 0
        self.mask = np.zeros(SLOTS, np.bool_)
        self.restart()

    def restart(self) -> None:
        """Forget everything that was seen."""
        self._open: int | None = None
        self._last_ts = 0
        self._in_bin = 0
        self._sum = zeros(SLOTS)
        self._ratio_sum = zeros(RATIOS, 2)
        self._single_sum = np.zeros(SLOTS, np.float32)
        self._last: Int64 | None = None
        self.coherence: Bounded | None = None
        self._bin: Bin | None = None

    @property
    def begun(self) -> bool:
        """Whether there is an open bin."""
        return self._open is not None

    def look(self, frame: CsiFrame) -> Look:
        """Judge a frame, without a change."""
        found = carriers(frame.layout, frame.n_subcarriers, frame.iq)
        amp, z = _amplitudes(found, frame)
        if self.link != (frame.mac, frame.channel):
            faint = _mean(amp, amp.value > 0).value < MIN_COUNTS
            verdict = Verdict.FAINT if faint else Verdict.USED
            return Look(verdict, True, False, found, amp, z)
        verdict, gap = self._judge_time(frame.ts_us)
        relink = False
        if verdict is Verdict.USED:
            if _mean(amp, self.mask | (amp.value > 0)).value < MIN_COUNTS:
                verdict = Verdict.FAINT
            elif found.basis != self.basis:
                relink = not 0 <= frame.ts_us - self.basis_ts <= SILENCE_US
                verdict = Verdict.USED if relink else Verdict.OTHER_BASIS
        return Look(verdict, relink, gap, found, amp, z)

    def _judge_time(self, ts_us: int) -> tuple[Verdict, bool]:
        if self._open is None:
            return Verdict.USED, False
        if ts_us == self._last_ts:
            return Verdict.DUPLICATE, False
        if not -BACKWARDS_US <= ts_us - self._last_ts <= SILENCE_US:
            return Verdict.USED, True
        return (Verdict.LATE if ts_us // BIN_US < self._open else Verdict.USED), False

    def open(self, frame: CsiFrame, look: Look) -> None:
        """Begin another link, or the link on other carriers."""
        self.restart()
        self.link = (frame.mac, frame.channel)
        self.basis = look.carriers.basis
        self.mask = np.zeros(SLOTS, np.bool_)

    def bins_before(self, ts_us: int) -> Iterator[Bin]:
        """Complete the bins that end before ts_us."""
        wanted = ts_us // BIN_US
        if self._open is None:
            self._open = wanted
        while self._open < wanted:
            self._bin = self._complete()
            self._open += 1
            yield self._bin

    def _complete(self) -> Bin:
        if self._in_bin == 0:
            assert self._bin is not None, "the first bin has a frame"
            return replace(self._bin, held=True)
        count = float(self._in_bin)
        single = np.asarray(self._single_sum / np.float32(count), np.float32)
        made = Bin(self.mask.copy(), False, self._sum / count, self._ratio_sum / count, single)
        demand_within(made.single, made.n)
        self._in_bin = 0
        self._sum = zeros(SLOTS)
        self._single_sum = np.zeros(SLOTS, np.float32)
        self._ratio_sum = zeros(RATIOS, 2)
        return made

    def take(self, frame: CsiFrame, look: Look, with_ratios: bool) -> None:
        """Add the frame to the open bin."""
        self.mask = self.mask | look.mask
        mean = _mean(look.amp, self.mask)
        self._sum = self._sum + look.amp / mean
        slots = slots_of(look.carriers)
        self._single_sum += normalised(look.carriers, slots, frame, self.mask)
        if with_ratios:
            self._ratio_sum = self._ratio_sum + _ratios(look.z) / mean.squared()
        self._follow_coherence(frame.ts_us, look.z)
        self._in_bin += 1
        self._last_ts = self.basis_ts = frame.ts_us

    def _follow_coherence(self, ts_us: int, z: Int64) -> None:
        if self._last is not None:
            now = _likeness(z, self._last)
            since = min(abs(ts_us - self._last_ts), COHERENCE_US)
            if self.coherence is None:
                self.coherence = now
            else:
                share = float(np.float32(since) / np.float32(COHERENCE_US))
                self.coherence = towards(self.coherence, now, share)
        self._last = z


def slots_of(carriers: Carriers) -> list[tuple[int, int]]:
    """The pair and the slot of every carrier, in the order of the runs."""
    span = SLOTS
    for run in carriers.runs:
        while run.carrier < -span // 2 or run.carrier + run.count > span // 2:
            span *= 2
    return [
        (run.pair + i, (run.carrier + i + span // 2) * SLOTS // span)
        for run in carriers.runs
        for i in range(run.count)
    ]


def _amplitudes(carriers: Carriers, frame: CsiFrame) -> tuple[Bounded, Int64]:
    pairs = np.asarray(slots_of(carriers), np.int64).reshape(-1, 2)
    im_re = frame.iq[pairs[:, 0]].astype(np.int64)
    slots = pairs[:, 1]
    size = np.sqrt((im_re**2).sum(axis=1).astype(np.float64))
    if carriers.again:
        once_more = frame.iq[pairs[:, 0] + carriers.again].astype(np.int64)
        size = size + np.sqrt((once_more**2).sum(axis=1).astype(np.float64))
    total, count = np.zeros(SLOTS), np.zeros(SLOTS, np.int64)
    np.add.at(total, slots, size)
    np.add.at(count, slots, 1)
    z = np.zeros((SLOTS, 2), np.int64)
    z[slots[::-1]] = im_re[::-1, ::-1]  # the first of a slot is written last
    shared = np.maximum(count, 1)
    # Each root, each addition and the division are rounded once.
    roundings = np.where(count > 1, shared + 1, 1) + (1 if carriers.again else 0)
    return Bounded(total / shared, UNIT * roundings * total / shared), z


def _mean(amp: Bounded, mask: NDArray[np.bool_]) -> Bounded:
    used = int(mask.sum())
    return amp.sum() / float(used) if used else ZERO


def _ratios(z: Int64) -> Bounded:
    a, b = z[RATIO_STEP:], z[:-RATIO_STEP]
    re = (a * b).sum(axis=1)
    im = a[:, 1] * b[:, 0] - a[:, 0] * b[:, 1]
    values = np.stack([re, im], axis=1).astype(np.float64)  # whole numbers that float32 holds
    return Bounded(values, np.zeros(values.shape))


def _likeness(now: Int64, before: Int64) -> Bounded:
    apart = ZERO
    for half in (slice(0, HALF), slice(HALF, SLOTS)):
        a, b = now[half], before[half]
        re = int((a * b).sum())
        im = int((a[:, 1] * b[:, 0] - a[:, 0] * b[:, 1]).sum())
        x, y = exact(float(re)), exact(float(im))
        apart = apart + (x.squared() + y.squared()).sqrt()
    power = [exact(float((z**2).sum())).sqrt() for z in (now, before)]
    scale = power[0] * power[1]
    return (apart / scale).clipped(-1.0, 1.0) if scale.value > 0 else ZERO
