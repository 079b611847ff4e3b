"""`hil import`: a recording that `hil decode` reads, and what was left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.cli.app import run_cli
from harness.sensing.recordings.frames import BadRecording
from harness.sensing.recordings.importing import read_file
from harness.sensing.recordings.manifest import read_folder
from tests.harness import made_recordings as made
from tests.harness.test_import import ESP_CSI, row, samples

GOOD, FOUND_WRONG, COULD_NOT_RUN = 0, 1, 2


def rows(path: Path, n: int = 5) -> Path:
    path.write_text("\n".join(row(ESP_CSI, i, 20_000 * i) for i in range(n)) + "\n")
    return path


def test_rows_become_a_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = rows(tmp_path / "rows.csv"), tmp_path / "a.pcap"
    assert run_cli(["import", str(source), str(out)]) == GOOD
    said = capsys.readouterr()
    assert "5 frames in 0.1 s, 50.0 a second" in said.err
    assert "5 of them: carriers as of 20 MHz, LLTF" in said.err
    assert said.out == f"5 frames in {out}\n"
    assert run_cli(["decode", str(out)]) == GOOD
    assert capsys.readouterr().out.count("raw_csi_frame") == 5
    assert run_cli(["import", str(source), str(out)]) == COULD_NOT_RUN
    assert "exists. Use --force" in capsys.readouterr().err
    assert run_cli(["import", str(source), str(out), "--force"]) == GOOD


def test_broken_rows_are_told_and_the_rest_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = rows(tmp_path / "rows.csv")
    source.write_text(source.read_text() + row(ESP_CSI, 9, 9)[:70] + "\n")
    assert run_cli(["import", str(source), str(tmp_path / "a.pcap")]) == FOUND_WRONG
    said = capsys.readouterr()
    assert "line 6: it has no samples in brackets" in said.err
    assert len(read_file(tmp_path / "a.pcap").frames) == 5


@pytest.mark.parametrize("content", [b"", b"name,value\na,1\n", b"\xd4\xc3\xb2\xa1"])
def test_what_is_no_recording_is_said(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    assert run_cli(["import", str(tmp_path / "a.csv"), str(tmp_path / "b.pcap")]) == COULD_NOT_RUN
    said = capsys.readouterr().err
    assert said.startswith("hil: ") and "fault in the tool" not in said
    assert not (tmp_path / "b.pcap").exists()


def test_one_recording_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = made.breathing_and_actions(tmp_path / "set")
    out = tmp_path / "a.pcap"
    assert run_cli(["import", str(tmp_path / "set"), str(out)]) == COULD_NOT_RUN
    said = capsys.readouterr().err
    assert "set/12BPM-a-1" in said and "--name" in said
    assert run_cli(["import", str(tmp_path / "set"), str(out), "--name", "12BPM-b-1"]) == GOOD
    assert np.array_equal(read_file(out).frames.iq, held[25:])


def own(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    rows(folder / "room.csv", 100)
    (folder / "manifest.csv").write_text(text)
    return folder


def test_a_manifest_of_one_s_own(tmp_path: Path) -> None:
    folder = own(
        tmp_path / "mine",
        "file,label,subject,truth,start,seconds,session,note\n"
        "room.csv,empty,,,0,1,kitchen,\n"
        'room.csv,breathing,ann,12,1,,kitchen,"sits, reads"\n',
    )
    empty, breathing = read_folder(folder)
    assert (empty.label, empty.truth_bpm, len(empty.frames())) == ("empty", None, 50)
    assert (breathing.subject, breathing.truth_bpm, breathing.note) == ("ann", 12.0, "sits, reads")
    assert empty.session == breathing.session == "kitchen"
    assert breathing.frames().us[0] == 1_000_000
    assert breathing.frames().iq[0].tolist() == samples(50)


def test_a_manifest_of_arrays(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    held = made.samples(10, 64)
    made.xz(folder / "a.i8.xz", held)
    made.xz(folder / "a.ms_u32.xz", np.arange(10, dtype=np.uint32) * 20)
    np.savez(folder / "b.npz", iq=held, us=np.arange(10) * 20_000)
    (folder / "manifest.csv").write_text("file,label,width\na.i8.xz,empty,64\nb.npz,empty,\n")
    for recording in read_folder(folder):
        frames = recording.frames()
        assert np.array_equal(frames.iq, held)
        assert frames.us[-1] == 180_000


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("file,label\nroom.csv,\n", "line 2: label is empty"),
        ("file,label\nnone.csv,empty\n", "line 2: there is no file"),
        ("file,label,start\nroom.csv,empty,-1\n", "start is below 0"),
        ("file,label,truth\nroom.csv,breathing,twelve\n", "truth is 'twelve', not a number"),
        ("file,label,seconds\nroom.csv,empty,0\n", "seconds not above it"),
    ],
)
def test_a_manifest_that_cannot_be_right(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(BadRecording, match=why):
        read_folder(own(tmp_path / "mine", text))


def test_a_part_behind_the_end_is_said(tmp_path: Path) -> None:
    (recording,) = read_folder(own(tmp_path / "mine", "file,label,start\nroom.csv,empty,50\n"))
    with pytest.raises(BadRecording, match="no frames from 50 s on"):
        recording.frames()
