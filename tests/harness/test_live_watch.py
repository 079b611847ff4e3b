"""The live check against a scripted board: each thing that can be wrong, and the table."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import pytest

from harness.node.structs import ClockMode
from harness.sensing.live import LivePlan, LiveResult, live_table, watch_radio
from harness.sensing.reception.item import Datagram
from harness.sensing.reception.reception import Reception
from harness.sensing.reception.source import PacketSource, Sink
from harness.sensing.structs.controller import ControllerState
from harness.sensing.structs.csi import CsiSource, CsiStatus
from harness.sensing.structs.state import SensingStatus
from kernels_ref.packets import FeatureState
from tests.schema.examples import EXAMPLES

FEATURES = next(p for p, _ in EXAMPLES if isinstance(p, FeatureState))


class ScriptedBoard(PacketSource):
    """A second goes by with every look; `hears` says how many frames come in which second."""

    def __init__(self) -> None:
        self.name = "board"
        self.hears: Callable[[int], int] = lambda _second: 20
        self.moves: Callable[[int], float] = lambda second: second / 100
        self.rssi = -52
        self.source = CsiSource.RADIO
        self.second = self.received = self.seq = 0
        self.clock: ClockMode | None = None
        self._sink: Sink = lambda _item: None

    def start(self, sink: Sink) -> None:
        self._sink = sink

    def stop(self) -> None:
        pass

    def restore(self, clock: ClockMode) -> None:
        self.clock = clock

    def mirror(self, _on: bool) -> None:
        pass

    def clear_packets(self) -> None:
        pass

    def look(self) -> None:
        self.second += 1
        self.received += self.hears(self.second)
        for _ in range(5):
            self.seq += 1
            state = dataclasses.replace(
                FEATURES,
                seq=self.seq,
                ts_us=200_000 * self.seq,
                motion_score=self.moves(self.second),
            )
            self._sink(Datagram(state.encode(), None, self.name))

    def status(self) -> SensingStatus:
        return dataclasses.replace(
            SensingStatus.parse(bytes(SensingStatus.sizeof())),
            now_us=self.second * 1_000_000,
            controller_state=ControllerState.SENSE_ACTIVE,
        )

    def csi_status(self) -> CsiStatus:
        return dataclasses.replace(
            CsiStatus.parse(bytes(CsiStatus.sizeof())),
            received=self.received,
            accepted=self.received,
            source=self.source,
            rssi=self.rssi,
            rssi_min=self.rssi - 3,
            rssi_max=self.rssi + 3,
            noise_floor=-92,
            channel=6,
        )


def watch(board: ScriptedBoard, seconds: float = 10) -> LiveResult:
    class Second(threading.Event):
        """A look comes at once instead of after a second."""

        def wait(self, timeout: float | None = None) -> bool:
            board.look()
            return self.is_set()

    with Reception([board]) as reception:
        plan = LivePlan(seconds, min_yield=5)
        node: Any = board
        return watch_radio(node, reception, plan, lambda _second: None, Second())


def test_a_board_that_hears() -> None:
    board = ScriptedBoard()
    result = watch(board)
    assert result.wrong == []
    assert board.clock is ClockMode.REAL
    assert (result.received, result.yield_hz, len(result.seconds)) == (200, 20.0, 10)
    assert [name for name, span in result.moves.items() if span] == ["motion"]
    assert result.moves["motion"] == pytest.approx(0.09)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"source": CsiSource.NONE}, "The radio is not on"),
        ({"hears": lambda _s: 0}, "The radio's callback was not called once"),
        ({"hears": lambda s: 20 * (s != 4)}, "callback was not called in 1 of 10 looks"),
        ({"hears": lambda _s: 4}, "Capture took 4.0 frames a second, expected at least 5."),
        ({"rssi": -120}, "RSSI is -123 to -117 dBm, expected -100 to -5 dBm."),
        ({"rssi": 0}, "RSSI is -3 to 3 dBm"),
        ({"moves": lambda _s: 0.5}, "No feature moved in 10 s."),
    ],
)
def test_what_is_wrong_is_one_sentence(change: dict[str, Any], sentence: str) -> None:
    board = ScriptedBoard()
    for name, value in change.items():
        setattr(board, name, value)
    result = watch(board)
    assert len(result.wrong) == 1
    assert sentence in result.wrong[0]


def test_a_board_that_sends_no_features() -> None:
    board = ScriptedBoard()
    board.start = lambda _sink: None  # type: ignore[method-assign]
    assert watch(board).wrong == ["No feature state came."]


def test_packets_that_are_lost_are_said() -> None:
    board = ScriptedBoard()
    whole = board.look

    def lose() -> None:
        board.seq += 3 * (board.second == 5)
        whole()

    board.look = lose  # type: ignore[method-assign]
    (problem,) = watch(board).wrong
    assert "3 sequence numbers are missing" in problem


def test_the_table_is_for_a_person() -> None:
    board = ScriptedBoard()
    board.hears = lambda second: 4 if second < 3 else 3
    text = live_table(watch(board, 4))
    lines = text.splitlines()
    columns = "s frames taken refused dropped RSSI noise channel motion presence breaths heart"
    assert lines[0].split() == [*columns.split(), "coherence", "state"]
    assert lines[1].split()[:9] == ["1", "4", "4", "0", "0", "-52", "-92", "6", "0.01"]
    assert lines[1].endswith("sense_active")
    assert "14 in 4.0 s" in text and "3.5 a second" in text and ">= 5 a second" in text
    assert lines[-1] == "WRONG: Capture took 3.5 frames a second, expected at least 5."
    assert max(map(len, lines)) <= 120


def test_it_can_be_stopped() -> None:
    board = ScriptedBoard()
    stop = threading.Event()
    stop.set()
    node: Any = board
    with Reception([board]) as reception:
        result = watch_radio(node, reception, LivePlan(60, 5), lambda _s: None, stop)
    assert result.seconds == []
