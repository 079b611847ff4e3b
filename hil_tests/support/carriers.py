"""What recordings of real boards say of the table of carriers: where nulls lie, that carriers which
the table calls neighbours are neighbours, and that a pair is (imaginary, real)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hil_tests.support.recordings import recordings
from kernels_ref.carriers import Carriers

AT_MOST = 150  # frames of a recording, spread over it
RECORDINGS = 20  # of a data set, spread over it

SETS = {  # rows of the table that the boards sent, as far as those who recorded say
    "csi_motion_detection": {2},
    "embedded_wifi_sensing": {1},
    "esp_rf_sense": {6, 9},
    "pulse_wifi_sensing": {4},
    "ruview_pretrain": {1, 2, 3},
    "wisensing_esp32": {4},
}
AMPLITUDES_ALONE = "csi_motion_detection"
LOST_SEVEN = "embedded_wifi_sensing"  # carriers -7 to -1, on the way to the file

Pairs = NDArray[np.int8]  # [n_subcarriers, 2]
Find = Callable[[Sequence[Pairs]], list[Carriers]]  # from the pairs alone


@dataclass(frozen=True)
class Seen:
    """A frame: its carriers, and the channel at each of its pairs."""

    found: Carriers
    pairs: NDArray[np.complex128]

    @property
    def z(self) -> NDArray[np.complex128]:
        """The channel at each carrier."""
        return self.pairs[self.found.pairs()]

    @property
    def neighbours(self) -> NDArray[np.bool_]:
        """Of each two carriers that follow each other, whether they are neighbours."""
        return np.asarray(np.diff(self.found.numbers()) == 1)


def frames(data_set: str, find: Find) -> list[Seen]:
    """Frames of a data set that hold a signal."""
    taken: list[Pairs] = []
    of_set = recordings(data_set)
    for recording in of_set[:: max(1, len(of_set) // RECORDINGS)]:
        whole = recording.frames()
        for i in range(0, len(whole), max(1, len(whole) // AT_MOST)):
            iq = whole.iq[i].reshape(-1, 2)[: int(whole.length[i]) // 2]
            if iq[2:].any():
                taken.append(iq)
    made = [iq[:, 1] + 1j * iq[:, 0].astype(np.float64) for iq in taken]
    return [Seen(found, z) for found, z in zip(find(taken), made, strict=True)]


def demand_rows(data_set: str, seen: list[Seen]) -> None:
    """Every frame is told, by its length and its nulls alone: recordings hold no layout word."""
    rows = np.array([frame.found.row for frame in seen])
    assert len(rows) > 100
    assert np.isin(rows, list(SETS[data_set])).mean() > 0.999
    assert set(np.unique(rows)) >= SETS[data_set]


def demand_nulls(data_set: str, seen: list[Seen]) -> None:
    """Nulls of the first field are empty, carriers are not. A chip whose channel filter is on
    spreads a carrier into the null beside it; the first word is not looked at."""
    null, full, fewest = [], [], 64
    for frame in seen:
        used = frame.found.pairs()
        empty = np.setdiff1d(np.arange(2, 64), np.concatenate([used, used - 1, used + 1]))
        fewest = min(fewest, len(empty))
        null.append(np.abs(frame.pairs[empty]).max(initial=0))
        full.append((np.abs(frame.z) > 0).mean())
    assert fewest >= 6
    assert (np.array(null) == 0).mean() > 0.999
    assert np.mean(full) > (45 / 52 - 0.01 if data_set == LOST_SEVEN else 0.99)


def demand_order(data_set: str, seen: list[Seen]) -> None:
    """Channels are smooth over the carriers: neighbours differ much less than any two do, and the
    two at the middle less than the two outermost, which lie side by side in a frame that wraps."""
    steps, any_two, middle, outermost = [], [], [], []
    for frame in seen:
        size = np.abs(frame.z) / np.abs(frame.z).mean()
        steps.append(np.median(np.abs(np.diff(size))[frame.neighbours]))
        any_two.append(np.median(np.abs(size[:, None] - size[None, :])))
        below, above = np.interp([-1, 1], frame.found.numbers(), size)
        middle.append(abs(above - below))
        outermost.append(abs(size[-1] - size[0]))
    assert np.median(steps) < 0.5 * np.median(any_two)
    if data_set != LOST_SEVEN:
        assert np.median(middle) < np.median(outermost)


def demand_imaginary_first(data_set: str, seen: list[Seen]) -> None:
    """No path is shorter than the first: what comes later turns the phase back as the carrier
    rises. Taken the other way round, a pair turns it forward."""
    if data_set == AMPLITUDES_ALONE:
        return
    turns = []
    for frame in seen:
        steps = (frame.z[1:] * frame.z[:-1].conj())[frame.neighbours]
        turns.append(np.angle(steps.sum()))
    assert np.median(turns) < 0
    assert (np.array(turns) < 0).mean() > 0.6


def demand_all(data_set: str, seen: list[Seen]) -> None:
    """Everything above."""
    for demand in (demand_rows, demand_nulls, demand_order, demand_imaginary_first):
        demand(data_set, seen)
