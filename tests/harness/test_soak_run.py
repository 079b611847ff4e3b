"""The soak against a scripted node: what goes wrong is found in its minute, and named."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.errors import BenchError, DeviceDied, NodeCrashed, NodeSilent
from harness.node.structs import ClockMode, ResetReason
from harness.sensing.reception.item import Datagram, NodeStarted
from harness.sensing.reception.reception import Reception
from harness.sensing.reception.source import PacketSource, Sink
from harness.sensing.soak.plan import (
    DurationInvalid,
    SoakPlan,
    choose_clock,
    read_duration,
    say_duration,
)
from harness.sensing.soak.run import Soak
from harness.sensing.structs.csi import CsiStatus
from harness.sensing.structs.state import HeadState, SensingStatus
from harness.target import Capability
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import FeatureState, TemporalClassification, TemporalFeed
from tests.schema.examples import EXAMPLES

FEATURES = next(p for p, _ in EXAMPLES if isinstance(p, FeatureState))
RESULT = next(p for p, _ in EXAMPLES if isinstance(p, TemporalClassification))
WINDOW = 16


class ScriptedNode(PacketSource):
    """As much of a node as a soak sees. `trouble` is called at every fast tick, before its packet.

    Its logits are the mean of the frames in its window.
    """

    def __init__(self) -> None:
        self.name = "scripted"
        feed = TemporalFeed.STATE
        self.boot = SimpleNamespace(window_len=WINDOW, classify_period_ms=1000, temporal_feed=feed)
        self.trouble: Callable[[int], None] = lambda _tick: None
        self.counts: dict[str, int] = {}
        self.csi: dict[str, int] = {}
        self.heap = 50_000
        self.stack = 2_000
        self.bias = 0.0
        self.tick = self.total = self.seq = self.results = 0
        self.now_us = 0
        self.mute = False
        self.scenario = Scenario.EMPTY
        self.played: list[Scenario] = []
        self.window: list[np.ndarray] = []
        self._sink: Sink = lambda _item: None

    def start(self, sink: Sink) -> None:
        self._sink = sink

    def stop(self) -> None:
        pass

    def restore(self, _clock: ClockMode) -> None:
        self.tick = self.seq = self.results = self.now_us = 0
        self.window.clear()

    def mirror(self, _on: bool) -> None:
        pass

    def clear_packets(self) -> None:
        pass

    def mock_scenario(self, scenario: Scenario, _seed: int) -> None:
        self.scenario = scenario
        self.played.append(scenario)

    def advance(self, seconds: int) -> None:
        for _ in range(seconds * 5):
            self.tick += 1
            self.total += 1
            self.now_us += 200_000
            self.trouble(self.total)
            self.seq += 1
            self.csi["accepted"] = self.csi.get("accepted", 0) + 4
            self.send_features()
            if self.tick % 5 == 0:
                self.results += 1
                result = dataclasses.replace(RESULT, seq=self.results, ts_us=self.now_us)
                self.send(result.encode())

    def send_features(self) -> None:
        shared = np.float32(self.tick % 7) / np.float32(8)
        state = dataclasses.replace(
            FEATURES, seq=self.seq, ts_us=self.now_us, motion_score=float(shared)
        )
        self.window = [*self.window, np.float32([shared])][-WINDOW:]
        if not self.mute:
            self.send(state.encode())
        self.mute = False

    def send(self, data: bytes) -> None:
        self._sink(Datagram(data, None, self.name))

    def status(self) -> SensingStatus:
        zeros = SensingStatus.parse(bytes(SensingStatus.sizeof()))
        return dataclasses.replace(
            zeros,
            now_us=self.now_us,
            head_state=HeadState.ON,
            heap_free=self.heap,
            heap_min_free=self.heap,
            stack_free_main=self.stack,
            stack_free_temporal=self.stack,
            feature_seq=self.seq,
            **self.counts,
        )

    def csi_status(self) -> CsiStatus:
        zeros = CsiStatus.parse(bytes(CsiStatus.sizeof()))
        return dataclasses.replace(zeros, **self.csi)

    def classify(self) -> Any:
        logits = np.mean(self.window, axis=0) + self.bias
        return SimpleNamespace(logits=logits, n_frames=len(self.window))


def soak(
    node: ScriptedNode, minutes: int, record: list[tuple[str, dict[str, Any]]] | None = None
) -> Soak:
    def share(frames: np.ndarray, logits: np.ndarray) -> float:
        return float(abs(np.mean(frames[:, 0]) - logits[0]) / 1e-4)

    def keep(kind: str, **fields: Any) -> None:
        if record is not None:
            record.append((kind, fields))

    reception = Reception([node]).__enter__()
    return Soak(
        node=node,  # type: ignore[arg-type]
        reception=reception,
        plan=SoakPlan(minutes, ClockMode.STEPPED),
        judge=share,
        ready=lambda: None,
        record=keep,
        tell=lambda _done, _scenario: None,
        stop=threading.Event(),
    )


def test_a_sound_node_gives_no_finding_and_a_series_a_minute() -> None:
    records: list[tuple[str, dict[str, Any]]] = []
    node = ScriptedNode()
    result = soak(node, len(Scenario) + 2, records).run()
    assert (result.findings, result.notes, result.minutes) == ([], [], len(Scenario) + 2)
    assert not result.was_stopped and result.summary().endswith("and nothing wrong")
    minutes = [fields for kind, fields in records if kind == "soak"]
    assert [m["minute"] for m in minutes] == list(range(1, len(Scenario) + 3))
    assert node.played == [*Scenario, *list(Scenario)[:2]]
    for values in (m["values"] for m in minutes):
        assert values["packets_feature_state"] == 300
        assert values["packets_temporal_classification"] == 60
        assert values["logits"] <= 1.0 and values["missing"] == 0
        assert values["jitter_us_feature_state"] == 0


def lose_one(node: ScriptedNode, _tick: int) -> None:
    node.seq += 1


def repeat_one(node: ScriptedNode, _tick: int) -> None:
    node.seq -= 1


def late(node: ScriptedNode, _tick: int) -> None:
    node.now_us += 1


def drop(node: ScriptedNode, _tick: int) -> None:
    node.counts["queue_drops"] = 3


def wrong_logits(node: ScriptedNode, _tick: int) -> None:
    node.bias = 0.01


def garbage(node: ScriptedNode, _tick: int) -> None:
    node.send(b"garbage")


def filtered(node: ScriptedNode, _tick: int) -> None:
    node.csi["filtered"] = 5


def stack_used(node: ScriptedNode, tick: int) -> None:
    node.stack -= 64


TROUBLES = {
    "a number skipped": (lose_one, "missing", "1 sequence numbers are missing (walking)"),
    "a number repeated": (repeat_one, "repeated", "1 sequence numbers came twice (walking)"),
    "a tick late": (late, "cadence", "200001 us apart, expected 200000 (walking)"),
    "a full queue": (drop, "queue_drops", "queue_drops grew by 3 (walking)"),
    "wrong logits": (wrong_logits, "logits", "the logits' error is"),
    "undecodable": (garbage, "undecodable", "1 datagrams could not be decoded (walking)"),
    "frames refused": (filtered, "csi_filtered", "5 frames were filtered (walking)"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_is_found_in_its_minute_and_named(name: str) -> None:
    make, kind, words = TROUBLES[name]
    node = ScriptedNode()
    node.trouble = lambda tick: make(node, tick) if tick == 2 * 300 + 7 else None
    result = soak(node, 4).run()
    first = result.findings[0]
    assert (first.kind, first.minute) == (kind, 3)
    assert words in first.what
    assert {finding.kind for finding in result.findings} <= {kind, "missing"}


def test_frames_that_a_scenario_brings_while_it_is_changed_are_not_the_next_one_s() -> None:
    """By the real clock it plays on between the reading of the counters and the change."""
    node = ScriptedNode()
    change = node.mock_scenario

    def change_late(scenario: Scenario, seed: int) -> None:
        if node.scenario is Scenario.MAC_FILTER:
            node.csi["filtered"] = node.csi.get("filtered", 0) + 1
        change(scenario, seed)

    node.mock_scenario = change_late  # type: ignore[method-assign]
    assert soak(node, 10).run().findings == []


def test_a_leak_of_sixteen_bytes_a_minute_is_found() -> None:
    node = ScriptedNode()

    def leak(tick: int) -> None:
        node.heap -= 16 * (tick % 300 == 0)

    node.trouble = leak
    result = soak(node, 20).run()
    leaks = [finding for finding in result.findings if finding.what.startswith("heap_free")]
    assert len(leaks) == 1 and "the heap leaks, -16 a minute" in leaks[0].what


def test_a_high_water_mark_that_moves_after_the_first_round_is_found() -> None:
    node = ScriptedNode()
    node.trouble = lambda tick: (
        stack_used(node, tick) if tick == (len(Scenario) + 2) * 300 else None
    )
    result = soak(node, 20).run()
    assert {finding.kind for finding in result.findings} == {"high-water mark"}
    assert "fell from 2000 to 1936 after every scenario had played" in result.findings[0].what


def test_a_high_water_mark_that_moves_in_the_first_round_is_none() -> None:
    node = ScriptedNode()
    node.trouble = lambda tick: stack_used(node, tick) if tick == 5 * 300 else None
    assert soak(node, 20).run().findings == []


def test_a_reset_is_found_and_the_soak_goes_on() -> None:
    node = ScriptedNode()
    records: list[tuple[str, dict[str, Any]]] = []

    def crash(tick: int) -> None:
        if tick == 450:
            node._sink(NodeStarted(node.name))
            raise NodeCrashed(ResetReason.PANIC.name, "advancing")

    node.trouble = crash
    result = soak(node, 5, records).run()
    assert [(f.kind, f.minute) for f in result.findings] == [("reset", 2)]
    assert "reason: PANIC" in result.findings[0].what
    assert result.minutes == 5
    resets = [fields["values"]["resets"] for kind, fields in records if kind == "soak"]
    assert resets == [0, 1, 0, 0, 0]


def test_a_node_that_crashes_all_the_time_ends_it() -> None:
    node = ScriptedNode()

    def crash(_tick: int) -> None:
        raise NodeSilent("advancing", 30.0)

    node.trouble = crash
    with pytest.raises(NodeSilent):
        soak(node, 60).run()


@pytest.mark.parametrize("also_the_device", [False, True])
def test_stopping_keeps_what_was_seen(also_the_device: bool) -> None:
    """A Ctrl-C reaches the emulator as well, which is then gone."""
    node = ScriptedNode()
    running = soak(node, 60)

    def stop(tick: int) -> None:
        if tick == 3 * 300 + 5:
            running.stop.set()
            if also_the_device:
                raise DeviceDied("qemu", "ended with signal 2 (SIGINT)")

    node.trouble = stop
    result = running.run()
    assert result.was_stopped and result.findings == []
    assert result.minutes == (3 if also_the_device else 4)
    assert "of 1 h 00 min of the node's time, and nothing wrong" in result.summary()
    assert any("too few to tell a leak" in note for note in result.notes)


def test_a_device_that_dies_by_itself_is_the_bench_s_fault() -> None:
    node = ScriptedNode()

    def die(_tick: int) -> None:
        raise DeviceDied("qemu", "ended with signal 9 (SIGKILL)")

    node.trouble = die
    with pytest.raises(BenchError, match="SIGKILL"):
        soak(node, 60).run()


def test_features_that_are_all_zero_prove_nothing_and_it_says_so() -> None:
    node = ScriptedNode()
    fields = ("respiration_bpm", "respiration_conf", "heartbeat_bpm", "heartbeat_conf")
    fields += ("motion_score", "presence_score", "anomaly_score", "env_shift_score")
    zero = dict.fromkeys((*fields, "node_coherence"), 0.0)

    def send() -> None:
        node.window = [*node.window, np.float32([0.0])][-WINDOW:]
        state = dataclasses.replace(FEATURES, seq=node.seq, ts_us=node.now_us, **zero)
        node.send(state.encode())

    node.send_features = send  # type: ignore[method-assign]
    assert "every feature was 0" in soak(node, 2).run().notes[0]


@pytest.mark.parametrize(
    ("text", "minutes"), [("8h", 480), ("30m", 30), ("1h30m", 90), ("90s", 1), ("2d", 2880)]
)
def test_durations(text: str, minutes: int) -> None:
    assert read_duration(text) == minutes


@pytest.mark.parametrize("text", ["", "8", "h", "8 h", "-1h", "59s", "8hours", "0h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(DurationInvalid, match="Write 8h"):
        read_duration(text)


def test_durations_in_words() -> None:
    assert [say_duration(minutes) for minutes in (1, 59, 60, 481)] == [
        "1 min",
        "59 min",
        "1 h 00 min",
        "8 h 01 min",
    ]


@pytest.mark.parametrize(
    ("name", "capabilities", "clock"),
    [
        ("auto", ("stepped-clock",), ClockMode.STEPPED),
        ("auto", ("stepped-clock", "radio"), ClockMode.REAL),
        ("auto", (), ClockMode.REAL),
        ("stepped", ("stepped-clock", "radio"), ClockMode.STEPPED),
        ("real", ("stepped-clock",), ClockMode.REAL),
    ],
)
def test_the_clock_follows_the_target(
    name: str, capabilities: tuple[str, ...], clock: ClockMode
) -> None:
    target = SimpleNamespace(capabilities=frozenset(map(Capability, capabilities)))
    assert choose_clock(name, target) == clock  # type: ignore[arg-type]
