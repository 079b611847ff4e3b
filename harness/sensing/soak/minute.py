"""What is measured in one minute, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.node.structs import ClockMode
from harness.sensing.reception.checker import StreamChecker
from harness.sensing.soak.result import Finding
from harness.sensing.structs.csi import CsiStatus
from harness.sensing.structs.state import SensingStatus
from kernels_ref.edge.mock import Scenario

FEATURE_STATE, RESULT = "feature_state", "temporal_classification"
FEATURE_PERIOD_US = 200_000
_REAL_TIME_SHARE = 0.1
"""In real time a busy machine delays single packets, but the rate over a minute stays right."""

# Levels and high-water marks; free memory and free stack in bytes.
_LEVELS = ("heap_free", "heap_min_free", "stack_free_main", "stack_free_temporal", "queue_depth")
# Counters, of which the difference in a minute counts; all of them should stay 0.
_FAULTS = (
    "queue_drops",
    "packets_failed",
    "classify_errors",
    "frames_refused",
    "lines_garbage",
    "lines_bad_crc",
    "rx_overruns",
)
# The scenarios in which capture may refuse frames of a kind; in others a refusal is wrong.
_REFUSALS: Mapping[str, tuple[Scenario, ...]] = {
    "zero_length": (Scenario.ZERO_LENGTH,),
    "oversized": (Scenario.ZERO_LENGTH,),
    "filtered": (Scenario.MAC_FILTER,),
    "dropped": (Scenario.RING_OVERFLOW,),
    "gated": tuple(s for s in Scenario if s is not Scenario.CLEAN),  # late and doubled frames
}


@dataclass(frozen=True)
class Counters:
    """The counters of the node and of the checker at one moment."""

    status: SensingStatus
    csi: CsiStatus
    missing: int
    repeated: int
    backwards: int
    undecodable: int
    lines_lost: int
    packets: Mapping[str, int]

    @classmethod
    def of(cls, status: SensingStatus, csi: CsiStatus, checker: StreamChecker) -> Counters:
        streams = checker.streams.values()
        sequences = [stream.sequence for stream in streams if stream.sequence]
        return cls(
            status,
            csi,
            missing=checker.missing,
            repeated=sum(sequence.repeated + sequence.restarts for sequence in sequences),
            backwards=sum(stream.backwards for stream in streams),
            undecodable=checker.refused.total(),
            lines_lost=checker.lines_lost,
            packets=dict(checker.decoded),
        )


@dataclass(frozen=True)
class Minute:
    """number: counted from 1. period_us: the nominal time between two packets of a kind.
    extremes_us: the shortest and the longest. share: of the error budget that the logits used, None
    without a head. values: what was measured, by the name of its series.
    """

    number: int
    scenario: Scenario
    clock: ClockMode
    before: Counters
    after: Counters
    period_us: Mapping[str, int]
    extremes_us: Mapping[str, tuple[int, int]]
    share: float | None
    resets: int
    values: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values.update(self._measure())

    @property
    def node_s(self) -> float:
        """How many seconds of the node's time it took."""
        return (self.after.status.now_us - self.before.status.now_us) / 1e6

    def _measure(self) -> Iterator[tuple[str, float]]:
        if self.share is not None:
            yield "logits", self.share
        for name in ("missing", "repeated", "backwards", "undecodable", "lines_lost"):
            yield name, getattr(self.after, name) - getattr(self.before, name)
        for name in _LEVELS:
            yield name, getattr(self.after.status, name)
        for name in _FAULTS:
            yield name, getattr(self.after.status, name) - getattr(self.before.status, name)
        for name in ("accepted", *_REFUSALS):
            yield f"csi_{name}", getattr(self.after.csi, name) - getattr(self.before.csi, name)
        for name, count in self.after.packets.items():
            yield f"packets_{name}", count - self.before.packets.get(name, 0)
        for name in self.period_us:
            yield f"jitter_us_{name}", self._jitter_us(name)
        yield "resets", self.resets

    def _jitter_us(self, name: str) -> float:
        shortest, widest = self.extremes_us.get(name, (self.period_us[name],) * 2)
        return max(abs(shortest - self.period_us[name]), abs(widest - self.period_us[name]))

    def findings(self) -> Iterator[Finding]:
        """What was wrong in this minute."""
        for kind, what in self._wrong():
            yield Finding(kind, self.number, f"{what} ({self.scenario.name.lower()})")

    def _wrong(self) -> Iterator[tuple[str, str]]:
        values = self.values
        if self.resets:
            return  # everything else follows from the reset
        if self.share is not None and not self.share <= 1.0:
            yield "logits", f"the logits' error is {self.share:.3g} of its budget"
        for kind, words in (
            ("missing", "sequence numbers are missing"),
            ("repeated", "sequence numbers came twice"),
            ("backwards", "times went back"),
            ("undecodable", "datagrams could not be decoded"),
            ("lines_lost", "lines were lost on the console"),
        ):
            if values[kind]:
                yield kind, f"{values[kind]:.0f} {words}"
        for kind in _FAULTS:
            if values[kind]:
                yield kind, f"{kind} grew by {values[kind]:.0f}"
        yield from self._refused_frames()
        for name, period in self.period_us.items():
            yield from self._cadence(name, period)

    def _refused_frames(self) -> Iterator[tuple[str, str]]:
        for name, scenarios in _REFUSALS.items():
            count = self.values[f"csi_{name}"]
            late = self.clock is ClockMode.REAL and name in ("dropped", "gated")
            if count and self.scenario not in scenarios and not late:
                yield f"csi_{name}", f"{count:.0f} frames were {name.replace('_', ' ')}"
        if not self.values["csi_accepted"]:
            yield "csi_accepted", "capture took no frame"

    def _cadence(self, name: str, period_us: int) -> Iterator[tuple[str, str]]:
        count, nominal = self.values.get(f"packets_{name}", 0.0), self.node_s * 1e6 / period_us
        if self.clock is ClockMode.STEPPED and self.values[f"jitter_us_{name}"]:
            shortest, widest = self.extremes_us[name]
            distance = f"{shortest} to {widest} us apart, expected {period_us}"
            yield "cadence", f"{name} packets are {distance}"
        elif abs(count - nominal) > max(1.0, nominal * _REAL_TIME_SHARE):
            yield "cadence", f"{count:.0f} {name} packets in {self.node_s:.1f} s of the node's time"
