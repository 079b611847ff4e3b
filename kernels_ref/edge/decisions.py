"""Decisions that rounding may turn: the twin decides for itself and follows the device at a tie."""

from __future__ import annotations

from typing import Protocol

from kernels_ref.edge.bounded import Bounded


class DeviceFeatures(Protocol):
    """The part of a device's features that the twin looks at where a decision is a tie."""

    @property
    def active(self) -> int: ...
    @property
    def fall(self) -> int: ...
    @property
    def presence(self) -> float: ...
    @property
    def respiration_bpm(self) -> float: ...
    @property
    def respiration_conf(self) -> float: ...
    @property
    def heartbeat_bpm(self) -> float: ...
    @property
    def heartbeat_conf(self) -> float: ...
    @property
    def quality_flags(self) -> int: ...


class DecisionDiffers(AssertionError):
    """The device decided otherwise than the twin, and rounding cannot be the reason."""

    def __init__(self, what: str, twin: object, device: object, margin: float, bound: float):
        super().__init__(
            f"{what}: the twin says {twin}, the device {device};"
            f" the margin is {margin:.6g}, rounding explains {bound:.3g}"
        )
        self.what = what


def decide(what: str, margin: Bounded, device: bool | None) -> bool:
    """Whether the margin is at least 0. `device` is the device's decision, None without a device.

    Raises DecisionDiffers when the device's decision differs by more than rounding.
    """
    own = bool(margin.value >= 0.0)
    if device is None or device == own:
        return own
    if abs(margin.value) > margin.bound:
        raise DecisionDiffers(what, own, device, margin.value, margin.bound)
    return device
