"""What a node said over time, put into rows, a table, plots and JSON."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.cli.app import run_cli
from harness.sensing.cli import replay as command
from harness.sensing.replay.compare import Compared
from harness.sensing.replay.events import Sender
from harness.sensing.replay.feed import Replay
from harness.sensing.replay.frames import Boot, Recorded, TimedFrame
from harness.sensing.replay.page import DATA, PAGE, render, write_report
from harness.sensing.replay.result import GATED, REFUSED, Replayed, Result
from harness.sensing.replay.said import NOBODY_KNOWS, Said, interval_for, said_over_time
from harness.sensing.replay.table import replay_table
from kernels_ref.packets import (
    EdgeVitals,
    FeatureState,
    Packet,
    Quality,
    TemporalClassification,
    VitalsFlags,
)
from tests.harness.hostile import HOSTILE, check_page
from tests.harness.replayable import raw
from tests.schema.examples import EXAMPLES

STATE = next(p for p, _ in EXAMPLES if isinstance(p, FeatureState))
VITALS = next(p for p, _ in EXAMPLES if isinstance(p, EdgeVitals))
HEAD = next(p for p, _ in EXAMPLES if isinstance(p, TemporalClassification))
BEGIN_US = 1_000_000


def state(at_s: float, bpm: float = 0.0, flags: int = 0, motion: float = 0.0) -> FeatureState:
    return dataclasses.replace(
        STATE,
        ts_us=BEGIN_US + round(at_s * 1e6),
        motion_score=motion,
        presence_score=0.5,
        respiration_bpm=bpm,
        respiration_conf=0.25,
        quality_flags=flags,
    )


def vitals(at_s: float, flags: int = 0, persons: int = 0) -> EdgeVitals:
    at_ms = BEGIN_US // 1000 + round(at_s * 1e3)
    return dataclasses.replace(VITALS, timestamp_ms=at_ms, flags=flags, n_persons=persons)


def head(at_s: float, argmax: int) -> TemporalClassification:
    return dataclasses.replace(HEAD, ts_us=BEGIN_US + round(at_s * 1e6), n_classes=4, argmax=argmax)


VALID = Quality.RESPIRATION_VALID


def said(packets: list[Packet], every_s: float = 5.0, seconds: float = 60.0) -> list[Said]:
    return said_over_time(packets, BEGIN_US, seconds, every_s)


def test_a_row_stands_for_its_stretch_of_time() -> None:
    rows = said([state(0.2 * n, motion=0.1 if n <= 25 else 0.9) for n in range(1, 51)])
    assert [(row.begin_s, row.end_s) for row in rows] == [(0.0, 5.0), (5.0, 10.0)]
    assert [row.motion for row in rows] == pytest.approx([0.1, 0.9])
    assert [row.presence for row in rows] == pytest.approx([0.5, 0.5])


def test_what_comes_behind_the_last_frame_is_no_row_of_its_own() -> None:
    rows = said([state(0.2 * n) for n in range(1, 27)], seconds=5.0)
    assert [(row.begin_s, row.end_s) for row in rows] == [(0.0, 5.0)]


def test_breathing_is_told_where_most_of_it_is_valid() -> None:
    """A number that the node does not call valid is no breathing."""
    unsure = [state(n, bpm=30.0) for n in range(1, 6)]
    mostly = [state(5 + n, bpm=15.0 if n < 4 else 29.0, flags=VALID * (n < 4)) for n in range(1, 6)]
    seldom = [state(10 + n, bpm=15.0, flags=VALID * (n < 3)) for n in range(1, 6)]
    assert [row.breathing_bpm for row in said([*unsure, *mostly, *seldom])] == [None, 15.0, None]


def test_every_fall_is_seen() -> None:
    rows = said([vitals(n, VitalsFlags.FALL if n in (3, 7, 8) else 0) for n in range(1, 11)])
    assert [row.falls for row in rows] == [1, 2]


def test_who_moves_who_is_there_and_how_many() -> None:
    here = VitalsFlags.PRESENCE
    packets = [vitals(n, here | VitalsFlags.MOTION * (n < 3), persons=2) for n in range(1, 6)]
    (row,) = said([*packets])
    assert (row.moves, row.present, row.persons) == (False, True, 2)


def test_nobody_knows_is_no_empty_room() -> None:
    (row,) = said([vitals(n, VitalsFlags.UNKNOWN) for n in range(1, 6)])
    assert (row.moves, row.present, row.persons) == (None, None, None)
    assert row.notes == [NOBODY_KNOWS]


def test_what_the_flags_say_is_noted() -> None:
    (row,) = said([state(n, flags=Quality.CALIBRATING) for n in range(1, 6)])
    assert row.notes == ["calibrating"]


def test_the_head_s_class_is_the_most_frequent() -> None:
    rows = said([head(n, 1 if n % 2 else 3) for n in range(1, 6)] + [state(6.0)])
    assert [row.head for row in rows] == [1, None]


@pytest.mark.parametrize(("seconds", "every"), [(20, 5), (300, 5), (310, 10), (3602, 60)])
def test_a_table_is_short_enough_to_read(seconds: float, every: float) -> None:
    assert interval_for(seconds) == every


def result_of(packets: list[Packet], seconds: int = 60, gated: int = 0, refused: int = 0) -> Result:
    frames = [TimedFrame(BEGIN_US + n * 50_000, raw(n)) for n in range(20 * seconds + 1)]
    boot = Boot(1, 20.0, frames, [], 3)
    last = SimpleNamespace(refused=refused)
    replay = Replay([], [last], packets, gated, 0, None)  # type: ignore[arg-type,list-item]
    rows = said_over_time(packets, BEGIN_US, boot.seconds, interval_for(boot.seconds))
    recorded = Recorded(Sender(1, "192.0.2.7"), [boot], len(frames) + 2)
    recorded.left_out["came twice"] = 2
    return Result("room.pcap", recorded, [Replayed(boot, replay, Compared([]), rows)])


def test_the_table_says_what_was_left_out_and_why() -> None:
    text = replay_table(result_of([state(1.0)], gated=7, refused=4))
    assert "node 1 from 192.0.2.7: 1190 of 1203 frames" in text
    assert f"4 left out: {REFUSED}" in text
    assert "2 left out: came twice" in text
    assert f"7 left out: {GATED}" in text
    assert "3 lost on the way" in text
    assert "times by an even rate" in text


def test_the_page_needs_no_other_file_and_shows_what_was_said() -> None:
    packets: list[Packet] = []
    for n in range(1, 301):
        packets.append(state(0.2 * n, bpm=14.0, flags=VALID * (n > 150)))
    packets += [vitals(n, VitalsFlags.FALL if n == 30 else 0) for n in range(1, 61)]
    page = render(result_of(packets))
    for title in ("Motion and presence", "Breaths a minute, where they are valid", "Falls"):
        assert title in page
    for title in ("Heartbeats", "Persons", "Class of the temporal head"):
        assert title not in page, "nothing was said of it"
    assert not re.search(r"(?:src|href)=.(?!#)", re.sub(r"xmlns[^ >]*", "", page))


def test_an_hour_is_drawn_with_as_few_points_as_a_minute() -> None:
    hour = [state(0.2 * n, bpm=14.0, flags=VALID) for n in range(1, 18_001)]
    long, short = (
        render(result_of(packets, seconds))
        for packets, seconds in ((list[Packet](hour), 3600), (list[Packet](hour[:1500]), 300))
    )
    assert len(long) < 2 * len(short)


def test_the_data_lies_beside_the_page(tmp_path: Path) -> None:
    page = write_report(result_of([state(1.0), vitals(2.0, persons=1)], gated=1), tmp_path)
    assert page == tmp_path / PAGE
    data = json.loads((tmp_path / DATA).read_text())
    assert (data["heard"], data["replayed"]) == (1203, 1200)
    assert data["left_out"] == {"came twice": 2, GATED: 1}
    assert data["boots"][0]["said"][0]["persons"] == 1
    assert data["boots"][0]["clock"] == "rate"


def test_what_a_recording_holds_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    """Its name, an address in it, and what the node has decided: nobody vouches for them."""
    result = result_of([state(1.0)])
    boot = result.boots[0]
    compared = dataclasses.replace(boot.compared, decided_otherwise=f"decided {HOSTILE}")
    recorded = dataclasses.replace(
        result.recorded, sender=Sender(1, HOSTILE), notes=[f"a note {HOSTILE}"]
    )
    boots = [dataclasses.replace(boot, compared=compared)]
    result = dataclasses.replace(result, file=HOSTILE, recorded=recorded, boots=boots)
    page = write_report(result, tmp_path).read_text(encoding="utf-8")
    check_page(page)
    assert page.count("&lt;script&gt;") == 5, "title, heading, sender, note, decision"
    data = (tmp_path / DATA).read_text(encoding="utf-8")
    assert not re.search("[\x7f-\x9f\u202e]", data)
    assert json.loads(data)["sender"] == json.loads(data)["recording"] == HOSTILE


@pytest.mark.parametrize("status", [0, 1])
def test_json_is_the_command_s_only_output(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    def session(words: tuple[str, ...], to_stderr: bool = False) -> int:
        assert to_stderr
        assert "--recording-sender=192.0.2.7" in words
        write_report(result_of([state(1.0)]), tmp_path)
        return status

    monkeypatch.setattr(command, "run_suite", session)
    file = tmp_path / "room.pcap"
    file.write_bytes(b"")
    words = ["replay", "--json", "--sender", "192.0.2.7", "--report-dir", str(tmp_path), str(file)]
    assert run_cli(words) == status
    assert json.loads(capsys.readouterr().out)["recording"] == "room.pcap"
