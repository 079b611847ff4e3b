"""Recordings of every layout become frames with their own times, and bad ones a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.sensing.reception.other_files import Form, sniff
from harness.sensing.recordings.frames import BadRecording, frames_of, from_amplitudes
from harness.sensing.recordings.manifest import read_folder
from tests.harness import made_recordings as made


def test_recordings_that_lie_behind_each_other_in_one_file(tmp_path: Path) -> None:
    held = made.breathing_and_actions(tmp_path / "set")
    first, second, fall = read_folder(tmp_path / "set")
    assert (first.label, first.subject, first.truth_bpm) == ("breathing", "a", 12.0)
    assert (second.subject, fall.label, fall.truth_bpm) == ("b", "fall", None)
    frames = second.frames()
    assert np.array_equal(frames.iq, held[25:])
    assert frames.us[:3].tolist() == [0, 20_000, 40_000]
    assert set(frames.length.tolist()) == {128}


def test_what_another_station_sent_is_left_out(tmp_path: Path) -> None:
    held = made.paced_links(tmp_path / "set")
    room, control = read_folder(tmp_path / "set")
    frames = room.frames()
    assert np.array_equal(frames.iq, np.delete(held[:15], 7, axis=0))
    assert 70_000 not in frames.us.tolist()
    assert (frames.channel, int(frames.rssi[0])) == (3, -61)
    assert room.session != control.session
    assert room.note == "a, b"


def test_amplitudes_alone_become_frames_without_imaginary_parts(tmp_path: Path) -> None:
    amplitudes = made.amplitude_sessions(tmp_path / "set")
    (session,) = read_folder(tmp_path / "set")
    pairs = session.frames().iq.reshape(40, 128, 2)
    assert not pairs[..., 0].any()
    assert np.array_equal(pairs[..., 1], amplitudes)
    labels = [(span.label, span.begin_us, span.end_us) for span in session.spans]
    assert labels == [
        ("empty", 0, 1_000_000),
        ("moving", 1_000_000, 2_000_000),
        ("settling", 2_000_000, 3_000_000),
        ("empty", 3_000_000, 3_900_001),
    ]


def test_amplitudes_that_int8_does_not_hold_keep_their_ratios() -> None:
    loud = np.array([[255, 128, 64, 2], [100, 50, 25, 1]], np.uint8)
    pairs = from_amplitudes(loud).reshape(2, 4, 2)[..., 1]
    assert pairs.tolist() == [[64, 32, 16, 0], [100, 50, 25, 1]]
    small = np.array([[0.5, 0.25, 0.125]])
    assert from_amplitudes(small).reshape(1, 3, 2)[..., 1].tolist() == [[64, 32, 16]]
    assert not from_amplitudes(np.zeros((1, 3))).any()


def test_frames_of_several_lengths_keep_theirs(tmp_path: Path) -> None:
    held = made.by_file(tmp_path / "set")
    (door,) = read_folder(tmp_path / "set")
    frames = door.frames()
    assert np.array_equal(frames.iq, held)
    assert frames.length[:4].tolist() == [380, 512, 512, 380]
    assert (door.label, frames.channel) == ("still", 9)


def test_widths_of_one_node_are_one_link_in_order(tmp_path: Path) -> None:
    made.packets_by_width(tmp_path / "set")
    (node,) = read_folder(tmp_path / "set")
    frames = node.frames()
    assert frames.us.tolist() == [10_000 * i for i in range(12)]
    assert frames.length.tolist() == [128, 256] * 6


def test_a_folder_of_folders_gives_all_of_them(tmp_path: Path) -> None:
    made.crossings(tmp_path / "one")
    made.by_file(tmp_path / "two")
    assert [str(recording) for recording in read_folder(tmp_path)] == ["one/walk_1", "two/door"]
    assert len(read_folder(tmp_path)[0].frames()) == 8


def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadRecording, match=r"has no manifest\.csv"):
        read_folder(tmp_path)
    (tmp_path / "manifest.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadRecording, match="no known form"):
        read_folder(tmp_path)
    made.crossings(tmp_path / "one")
    (tmp_path / "one" / "csi.i8.xz").write_bytes(b"no xz")
    with pytest.raises(BadRecording, match="not an xz file"):
        read_folder(tmp_path / "one")[0].frames()
    made.by_file(tmp_path / "two")
    made.xz(tmp_path / "two" / "door.i8.xz", made.samples(12, 500))
    with pytest.raises(BadRecording, match="no whole rows"):
        read_folder(tmp_path / "two")[0].frames()
    made.breathing_and_actions(tmp_path / "three")
    text = (tmp_path / "three" / "manifest.csv").read_text()
    (tmp_path / "three" / "manifest.csv").write_text(text.replace(",25,25,", ",here,25,"))
    with pytest.raises(BadRecording, match="start is 'here', not a whole number"):
        read_folder(tmp_path / "three")
    (tmp_path / "three" / "manifest.csv").write_text(text + "har,FA\n")
    with pytest.raises(BadRecording, match="line 5: the number of values differs"):
        read_folder(tmp_path / "three")


def test_a_frame_of_no_whole_pairs_is_refused() -> None:
    with pytest.raises(BadRecording, match="no whole pairs"):
        frames_of([0], np.zeros((1, 7), np.int8))


ROW = "CSI_DATA,0,02:00:00:00:00:01,-50,11,1,7,0,0,0,0,0,0,0,-92,0,6,0,0,0,60,0,4,0,"


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (ROW + '"[1,2,3,4]"\n', Form.CSI_ROWS),
        ("I (310) boot\nesp> " + ROW + '"[1,2,3,4]"\n', Form.CSI_ROWS),
        (",".join(["1720464521679", *["3"] * 128]) + "\n", Form.PLAIN_ROWS),
        ("timestamp_us,label," + ",".join(f"amp_{i}" for i in range(64)) + "\n", Form.PLAIN_ROWS),
        ('{"timestamp": 1.5, "iq_hex": "0102"}\n', Form.JSON_LINES),
        ('{"t": 1.5, "csi": [1, 2]}\n', Form.JSON_LINES),
        (b"\xfd7zXZ\x00\x00", Form.XZ),
        (b"PK\x03\x04" + bytes(26) + b"us.npy", Form.NPZ),
        (bytes((9, 0, 0, 0)) + bytes((0x15, 3, 0x15, 0x20)), Form.PICOSCENES),
        (
            b"\xd4\xc3\xb2\xa1"
            + bytes(60)
            + bytes((10, 10, 10, 10))
            + b"\xff" * 4
            + bytes((0x15, 0x7C)) * 2,
            Form.NEXMON,
        ),
        (b"\xd4\xc3\xb2\xa1" + bytes(200), None),
        ("name,value\na,1\n", None),
        ('{"magic": "0xC5110001", "data": "0102"}\n', None),
        ("", None),
    ],
)
def test_a_file_s_form_is_told_by_its_first_bytes(
    tmp_path: Path, head: str | bytes, form: Form | None
) -> None:
    path = tmp_path / "file"
    path.write_bytes(head.encode() if isinstance(head, str) else head)
    assert sniff(path) is form
