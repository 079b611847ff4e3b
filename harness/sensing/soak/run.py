"""Runs a soak, minute by minute."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.errors import BenchError, DeviceFault, NodeCrashed
from harness.node.structs import ClockMode
from harness.sensing.node import SensingNode
from harness.sensing.reception.reception import Reception
from harness.sensing.soak.logits import FramesUnknown, HeadCheck, Judge
from harness.sensing.soak.minute import FEATURE_PERIOD_US, FEATURE_STATE, RESULT, Counters, Minute
from harness.sensing.soak.plan import MINUTE_S, SoakPlan
from harness.sensing.soak.result import Finding, SoakResult
from harness.sensing.soak.trend import MIN_VALUES, Trend, trend_of
from kernels_ref.packets import Packet, TemporalClassification

_DYING_S = 0.5  # Ctrl-C may end the emulator before it ends the soak
_MAX_RESTARTS = 20
_TRENDS = ("heap_free", "heap_min_free", "stack_free_main", "stack_free_temporal")
_MARKS = ("heap_min_free", "stack_free_main", "stack_free_temporal")


@dataclass
class Soak:
    """Runs one plan on one node.

    judge: compares logits with the oracle. ready: restores the node, and restarts it if necessary.
    record: writes a minute or a finding into the journal at once. tell: gets the minutes that are
    done and the scenario. stop: ends the soak before its time.
    """

    node: SensingNode
    reception: Reception
    plan: SoakPlan
    judge: Judge
    ready: Callable[[], object]
    record: Callable[..., None]
    tell: Callable[[int, str], None]
    stop: threading.Event
    result: SoakResult = field(init=False)

    def __post_init__(self) -> None:
        self.result = SoakResult(self.plan.minutes)
        self._series: dict[str, list[float]] = {}
        self._at: list[float] = []
        self._restarts = 0
        self._scenario = self.plan.scenario(0)

    def run(self) -> SoakResult:
        """Every minute of the plan, or until `stop`. Raises BenchError when the bench fails."""
        self._head = HeadCheck(self.node, self.judge)
        self._begin()
        while self.result.minutes < self.plan.minutes and not self.stop.is_set():
            try:
                self._minute(self.result.minutes)
            except DeviceFault as fault:
                if self._was_stopped():
                    break
                self._restarted(fault)
            except BenchError:
                if self._was_stopped():
                    break
                raise
            self.tell(self.result.minutes, self.plan.scenario(self.result.minutes).name.lower())
        self._judge_series()
        return self.result

    # ---- a minute ---------------------------------------------------------------------------

    def _begin(self) -> None:
        """Restores the node once; nothing is restored between scenarios."""
        self.node.restore(self.plan.clock)
        self._packets()
        self.reception.reset_numbers()
        self._head.frames.forget()
        self.node.mirror(True)
        self._before = self._counters()

    def _minute(self, index: int) -> None:
        scenario = self.plan.scenario(index)
        self.tell(index, scenario.name.lower())
        self._scenario = scenario
        self.node.mock_scenario(scenario, self.plan.seed)
        # In real time the last scenario has played on until now; its frames do not count here.
        self._before = dataclasses.replace(self._before, csi=self.node.csi_status())
        if not self._let_time_pass():
            return
        share = self._logits(index)
        self._head.frames.note(self._packets())
        after = self._counters()
        minute = Minute(
            index + 1,
            scenario,
            self.plan.clock,
            self._before,
            after,
            self._periods(),
            self._take_extremes(),
            share,
            resets=0,
        )
        self._before = after
        self._done(minute)

    def _let_time_pass(self) -> bool:
        """Waits for a minute of the node's time. False when it was stopped before the end."""
        frames = self._head.frames
        if self.plan.clock is ClockMode.STEPPED:
            frames.advance(MINUTE_S)
            return True
        end = self._before.status.now_us + MINUTE_S * 1_000_000
        while (left := (end - self.node.status().now_us) / 1e6) > 0:
            if self.stop.wait(min(left, frames.look_s)):
                return False
            frames.look()
            self._head.frames.note(self._packets())
        return True

    def _logits(self, index: int) -> float | None:
        if not self._head.is_on:
            return None
        self._head.frames.note(self._packets())
        try:
            return self._head.measure(self._packets)
        except FramesUnknown as unknown:
            # A packet is missing, which is a finding already; or spectra came after a silence.
            self._note(f"minute {index + 1}: logits not compared, {unknown}")
            return None

    def _packets(self) -> list[Packet]:
        packets = self.reception.collect()
        self.node.clear_packets()
        for packet in packets:
            if isinstance(packet, TemporalClassification):
                self.result.said[self._scenario, packet.argmax] += 1
        return packets

    def _counters(self) -> Counters:
        return Counters.of(self.node.status(), self.node.csi_status(), self.reception.checker)

    def _periods(self) -> dict[str, int]:
        periods = {FEATURE_STATE: FEATURE_PERIOD_US}
        if self._head.is_on:
            periods[RESULT] = self.node.boot.classify_period_ms * 1000
        return periods

    def _take_extremes(self) -> dict[str, tuple[int, int]]:
        """The shortest and the longest time between two packets of each kind in this minute."""
        extremes = {}
        for stream in self.reception.checker.streams.values():
            if stream.shortest_us is not None and stream.widest_us is not None:
                extremes[stream.packet] = (stream.shortest_us, stream.widest_us)
            stream.shortest_us = stream.widest_us = None
        return extremes

    def _done(self, minute: Minute) -> None:
        self.result.minutes += 1
        self.record(
            "soak",
            minute=minute.number,
            node_s=minute.after.status.now_us / 1e6,
            scenario=minute.scenario.name.lower(),
            values=minute.values,
        )
        self._at.append(float(minute.number))
        for name in _TRENDS:
            self._series.setdefault(name, []).append(minute.values[name])
        for finding in minute.findings():
            self._found(finding)

    # ---- what is wrong ----------------------------------------------------------------------

    def _found(self, finding: Finding) -> None:
        self.result.findings.append(finding)
        self.record("finding", minute=finding.minute, what=finding.kind, message=finding.what)

    def _note(self, text: str) -> None:
        self.result.notes.append(text)
        self.record("soak_note", message=text)

    def _restarted(self, fault: DeviceFault) -> None:
        """The node reset by itself or does not answer: it is restarted, and the soak goes on."""
        number = self.result.minutes + 1
        kind = "reset" if isinstance(fault, NodeCrashed) else "fault"
        self._found(Finding(kind, number, str(fault)))
        self._restarts += 1
        if self._restarts >= _MAX_RESTARTS:
            raise fault
        self.ready()
        self._begin()
        # The minute is lost: its place in the series stays empty.
        self.result.minutes += 1
        self.record("soak", minute=number, node_s=0.0, scenario="", values={"resets": 1})

    def _was_stopped(self) -> bool:
        return self.stop.wait(_DYING_S)

    def _judge_series(self) -> None:
        for name, values in self._series.items():
            trend = trend_of(self._at, values)
            self.record("trend", name=name, slope=trend.slope, chance=trend.chance, text=str(trend))
            if trend.sinks:
                self._found(Finding("trend", self.result.minutes, _sinks(name, values, trend)))
            elif name in _MARKS:
                self._judge_mark(name, values)
        if self._at and self._head.is_on and not self._head.saw_more_than_zeros:
            self._note("every feature was 0, so the logits prove nothing")
        if self._at and len(self._at) < MIN_VALUES:
            self._note(
                f"{len(self._at)} minutes are too few to tell a leak; {MIN_VALUES} are needed"
            )

    def _judge_mark(self, name: str, values: list[float]) -> None:
        """A high-water mark may rise while a scenario plays for the first time, but not later.

        In real time it is not a finding: an interrupt may meet the deepest stack only after hours.
        """
        first_round = len(self.plan.scenarios)
        if len(values) <= first_round or self._restarts:
            return
        settled, last = values[first_round - 1], values[-1]
        if last < settled:
            text = f"{name} fell from {settled:.0f} to {last:.0f} after every scenario had played"
            if self.plan.clock is ClockMode.STEPPED:
                self._found(Finding("high-water mark", self.result.minutes, text))
            else:
                self._note(text)


def _sinks(name: str, values: list[float], trend: Trend) -> str:
    what = "the heap leaks" if name == "heap_free" else "it falls"
    return f"{name}: {what}, {trend}; from {values[0]:.0f} to {values[-1]:.0f}"
