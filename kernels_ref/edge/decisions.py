"""Decisions that rounding may turn: the twin makes its own and follows the device's at a tie."""

from __future__ import annotations

from kernels_ref.edge.bounded import Bounded


class DecisionDiffers(AssertionError):
    """The device decided otherwise than the twin, and rounding cannot be the reason."""

    def __init__(self, what: str, twin: object, device: object, margin: float, bound: float):
        super().__init__(
            f"{what}: the twin says {twin}, the device {device};"
            f" the margin is {margin:.6g}, rounding explains {bound:.3g}"
        )
        self.what = what


def decide(what: str, margin: Bounded, seen: bool | None) -> bool:
    """Whether the margin is at least 0. `seen` is what the device decided, None: no device.

    Raises DecisionDiffers when the device's differs by more than rounding.
    """
    own = bool(margin.value >= 0.0)
    if seen is None or seen == own:
        return own
    if abs(margin.value) > margin.bound:
        raise DecisionDiffers(what, own, seen, margin.value, margin.bound)
    return seen
