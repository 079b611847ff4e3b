"""The room: what it is like when it is empty, and what the present movement means in it."""

from __future__ import annotations

import math

import numpy as np

from kernels_ref.edge.baseline import Baseline
from kernels_ref.edge.bounded import ZERO, Bounded, exact, f32, larger, saturate, towards
from kernels_ref.edge.config import BIN_HZ, Quality
from kernels_ref.edge.decisions import DeviceFeatures, decide
from kernels_ref.edge.environment import Profile
from kernels_ref.edge.fall import FALL_VIOLENCE, Fall
from kernels_ref.edge.movement import Movement

ACTIVE_OVER, STILL_UNDER = f32(2.6), f32(1.6)
ACTIVE_FROM, ACTIVE_TO = f32(0.2), f32(0.05)
HALF = f32(f32(ACTIVE_OVER - STILL_UNDER) / f32(0.25 - f32(1 / 19)))
NOTHING = f32(ACTIVE_OVER - f32(HALF / 4))
MOVED_SHARE, FADE_SHARE = f32(0.2), f32(0.00046199)
ANOMALY_TRIGGERED, ANOMALY_HALF = f32(0.6), f32(2 / 3)
USUAL_VIOLENCE = f32(1.2)
PULL = f32(FALL_VIOLENCE - USUAL_VIOLENCE)
ANOMALY_KEPT = f32(math.exp(-1 / 30))
ENVIRONMENT_SHIFTED, SHIFTED_FOR_LONG = f32(0.15), f32(0.1)
SHIFT_SHARE = f32(1 / 150)
STEADY_ENOUGH = 0.5
BREATH_PRESENCE = f32(0.9)
BREATH_REST = float(np.float32(1.0) - np.float32(0.9))


class Room:
    """Motion, presence, falls, anomaly and environment; the public attributes are features."""

    def __init__(self, calibration_ms: int) -> None:
        self._calibration_bins = calibration_ms * BIN_HZ // 1000
        self.motion = self.presence = self.anomaly = self.env_shift = ZERO
        self.energy = self.score = self.threshold = ZERO
        self.active = self.fall = False
        self.falls = 0
        self._baseline, self._profile, self._fall = Baseline(), Profile(), Fall()
        self._steadiness = ZERO
        self.calibrate()

    def calibrate(self) -> None:
        """Learn the empty room, from the next bin on."""
        self.calibrating = True
        self._breathed = False
        self._bins = 0
        self._lately = self._shift = ZERO
        self._baseline.interrupt()
        self._profile.forget()

    def interrupt(self) -> None:
        """Forget the present: there was a silence, or the link is another one."""
        self._lately = ZERO
        self._baseline.interrupt()
        self._profile.interrupt()
        self._fall.restart()

    def relink(self) -> None:
        """Forget the learnt profile too: the carriers are another link's."""
        self.interrupt()
        self._profile.forget()

    def silence(self) -> None:
        """Set all features to 0: no frames come."""
        self.motion = self.presence = self.anomaly = self.env_shift = ZERO
        self.energy = self.score = ZERO
        self.active = self.fall = False

    def take(self, movement: Movement, breath: bool, device: DeviceFeatures | None) -> None:
        """Take one bin; breath: whether breathing is valid; device: its features, if known."""
        if movement.ticked:
            self._baseline.take(movement, follow=not self.calibrating)
        if self.calibrating:
            self._calibrate(movement, breath)
        self._profile.take(movement)
        self._judge_burst(movement, device)
        if movement.ticked:
            self._judge_movement(movement, device)
            self._judge_environment(movement)
        self.presence = self._lately * BREATH_REST + BREATH_PRESENCE if breath else self._lately

    def _calibrate(self, movement: Movement, breath: bool) -> None:
        self._profile.learn(movement)
        self._breathed = self._breathed or breath
        self._bins += 1
        if self._bins >= self._calibration_bins:
            self._steadiness = self._baseline.learn()
            self.calibrating = False

    def _judge_movement(self, movement: Movement, device: DeviceFeatures | None) -> None:
        level = self._baseline.level
        self.energy = self.score = movement.score
        self.motion = saturate(movement.score / level - NOTHING, HALF)
        self.threshold = ZERO if self.calibrating else level * ACTIVE_OVER
        needed = ACTIVE_TO if self.active else ACTIVE_FROM
        self.active = not self.calibrating and decide(
            "active", self.motion - needed, bool(device.active) if device else None
        )
        if self.active:
            self._lately = towards(self._lately, exact(1.0), MOVED_SHARE)
        else:
            self._lately = towards(self._lately, ZERO, FADE_SHARE)

    def _judge_environment(self, movement: Movement) -> None:
        self.env_shift = ZERO if self.calibrating else self._profile.shift(movement)
        self._shift = towards(self._shift, self.env_shift, SHIFT_SHARE)

    def _judge_burst(self, movement: Movement, device: DeviceFeatures | None) -> None:
        # After a fall in an earlier bin of this frame, the device's flag says nothing of this bin.
        decided = bool(device.fall) if device and not self.fall else None
        fall = self._fall.take(movement.jump, decided)
        self.fall = self.fall or fall
        self.falls += fall
        if self._fall.looked:
            pull = larger(self._fall.violence - USUAL_VIOLENCE, ZERO) / PULL
            now = saturate(pull.squared(), ANOMALY_HALF)
            self.anomaly = larger(now, self.anomaly * ANOMALY_KEPT)

    def flags(self, device: int | None) -> Quality:
        """The room's quality flags; device: those of the device, which decide a tie."""
        found = self._flag(Quality.ANOMALY_TRIGGERED, self.anomaly - ANOMALY_TRIGGERED, device)
        shift = self.env_shift - ENVIRONMENT_SHIFTED
        found |= self._flag(Quality.ENVIRONMENT_SHIFT, shift, device)
        if self.calibrating:
            return found | Quality.CALIBRATING
        found |= Quality.PRESENCE_VALID
        bit = Quality.RECALIBRATION_RECOMMENDED
        if not self._profile.is_learnt or self._breathed:
            return found | bit
        unsteady = exact(STEADY_ENOUGH) - self._steadiness
        return found | self._flag(bit, larger(unsteady, self._shift - SHIFTED_FOR_LONG), device)

    def _flag(self, bit: Quality, margin: Bounded, device: int | None) -> Quality:
        is_set = decide(bit.name or "", margin, None if device is None else bool(device & bit))
        return bit if is_set else Quality(0)
