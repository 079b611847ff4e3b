"""The slots: the up to eight pairs whose phase varies most among those with enough signal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels_ref.edge.bounded import UNIT, Bounded
from kernels_ref.edge.channel import Channel
from kernels_ref.edge.config import NO_PAIR, TOP
from kernels_ref.edge.decisions import DecisionDiffers

STAY = 1.25
POWER_PORTION = 16


class Slots:
    """pairs [TOP]: which pair is in which slot, NO_PAIR for none."""

    def __init__(self, stride: int) -> None:
        self.pairs = [NO_PAIR] * TOP
        self._stride = stride
        self._deltas = np.zeros((2, 2 * stride, TOP))  # values and bounds, newest first
        self._run = np.zeros(TOP, np.int64)  # how many are consecutive

    def select(self, channel: Channel, seen: tuple[int, ...] | None) -> list[int]:
        """Choose anew; return the slots whose pair changed. `seen`: what the device chose."""
        worth = self._worth(channel)
        values = np.asarray(worth.value)
        eligible = [int(k) for k in np.flatnonzero(_eligible(channel))]
        best = sorted(eligible, key=lambda k: (-float(values[k]), k))[:TOP]
        if seen is not None and set(seen) - {NO_PAIR} != set(best):
            best = self._follow(best, seen, eligible, worth)
        before = list(self.pairs)
        self.pairs = [k if k in best else NO_PAIR for k in self.pairs]
        for k in best:
            if k not in self.pairs:
                self.pairs[self.pairs.index(NO_PAIR)] = k
        if seen is not None and set(seen) == set(self.pairs):
            self.pairs = list(seen)  # newcomers of equal worth may have taken each other's slot
        changed = [j for j in range(TOP) if self.pairs[j] != before[j]]
        for j in changed:
            self._run[j] = 0
        return changed

    def _worth(self, channel: Channel) -> Bounded:
        incumbent = np.isin(np.arange(channel.n_pairs), self.pairs)
        value, bound = np.asarray(channel.variance.value), np.asarray(channel.variance.bound)
        factor = np.where(incumbent, STAY, 1.0)
        return Bounded(value * factor, bound * factor + UNIT * value * factor)

    def _follow(
        self, best: list[int], seen: tuple[int, ...], eligible: list[int], worth: Bounded
    ) -> list[int]:
        """The device's choice, if every pair it has instead of ours is as good up to rounding."""
        value, bound = np.asarray(worth.value), np.asarray(worth.bound)
        chosen = [k for k in seen if k != NO_PAIR]
        if len(chosen) != len(best) or not set(chosen) <= set(eligible):
            raise DecisionDiffers("top pairs", best, chosen, float("nan"), 0.0)
        missed = [k for k in best if k not in chosen]
        instead = [k for k in chosen if k not in best]
        most, least = max(missed, key=lambda k: value[k]), min(instead, key=lambda k: value[k])
        margin, slack = value[most] - value[least], bound[most] + bound[least]
        if margin > slack:
            raise DecisionDiffers("top pairs", best, chosen, float(margin), float(slack))
        return chosen

    def pick(self, per_pair: Bounded) -> Bounded:
        """The elements [n] of the pairs in use."""
        return per_pair[[k for k in self.pairs if k != NO_PAIR]]

    def spread(self, per_pair: Bounded) -> Bounded:
        """[TOP], 0 for empty slots."""
        index = np.array([k if k != NO_PAIR else 0 for k in self.pairs])
        used = np.array([k != NO_PAIR for k in self.pairs])
        picked = per_pair[index]
        return Bounded(np.where(used, picked.value, 0.0), np.where(used, picked.bound, 0.0))

    def restart(self) -> None:
        """Accelerations start anew."""
        self._run[:] = 0

    def acceleration(self, delta: Bounded, regular: bool) -> Bounded | None:
        """Mean of the squared changes of the phase rate, rad²; None when there are none.

        A rate is the sum of `stride` deltas, and its change that from the `stride` before.
        """
        newest = self.spread(delta)
        for kept, new in zip(self._deltas, (newest.value, newest.bound), strict=True):
            kept[1:] = kept[:-1].copy()
            kept[0] = new
        used = np.array([k != NO_PAIR for k in self.pairs])
        self._run = np.where(used & regular, self._run + 1, 0)
        ready = self._run >= 2 * self._stride
        if not ready.any():
            return None
        value, bound = (kept[:, ready] for kept in self._deltas)
        total = value[: self._stride].sum(axis=0) - value[self._stride :].sum(axis=0)
        # the size of the angle: a continuous function, where its sign would not be
        change = np.abs((total + np.pi) % (2 * np.pi) - np.pi)
        rounding = 4 * UNIT * (np.pi * self._stride + np.abs(value).sum(axis=0))
        return Bounded(change, bound.sum(axis=0) + rounding).squared().mean()


def _eligible(channel: Channel) -> NDArray[np.bool_]:
    power = channel.power
    enough = power * POWER_PORTION * channel.n_pairs >= power.sum()
    return np.asarray((power > 0) & enough)
