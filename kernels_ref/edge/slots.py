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
        self._deltas: list[list[Bounded]] = [[] for _ in range(TOP)]

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
            self._deltas[j] = []
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
        self._deltas = [[] for _ in range(TOP)]

    def acceleration(self, delta: Bounded, regular: bool) -> Bounded | None:
        """Mean of the squared changes of the phase rate, rad²; None when there are none.

        A rate is the sum of `stride` deltas, and its change that from the `stride` before.
        """
        changes = []
        for deltas, k in zip(self._deltas, self.pairs, strict=True):
            if k == NO_PAIR:
                continue
            deltas[:] = [*deltas, delta[k]][-2 * self._stride :] if regular else []
            if len(deltas) == 2 * self._stride:
                changes.append(_rate_change(deltas))
        if not changes:
            return None
        value = np.array([c.value for c in changes])
        return Bounded(value, np.array([c.bound for c in changes])).squared().mean()


def _eligible(channel: Channel) -> NDArray[np.bool_]:
    power = channel.power
    enough = power * POWER_PORTION * channel.n_pairs >= power.sum()
    return np.asarray((power > 0) & enough)


def _rate_change(deltas: list[Bounded]) -> Bounded:
    """The size of the angle: a continuous function, where its sign would not be."""
    stride = len(deltas) // 2
    total = sum(float(d.value) for d in deltas[stride:]) - sum(
        float(d.value) for d in deltas[:stride]
    )
    value = abs((total + np.pi) % (2 * np.pi) - np.pi)
    rounding = 4 * UNIT * (np.pi * stride + sum(abs(float(d.value)) for d in deltas))
    return Bounded(float(value), sum(float(d.bound) for d in deltas) + rounding)
