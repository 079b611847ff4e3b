"""What other tools write becomes frames with their own times; what is broken is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.sensing.recordings.frames import BadRecording
from harness.sensing.recordings.importing import read_file
from harness.sensing.recordings.importing.capture import write_capture
from harness.sensing.recordings.importing.columns import (
    CSI_TOOL,
    ESP_CSI,
    ESP_CSI_C6,
    ESP_CSI_C6_PLAIN,
    ESP_CSI_GAINS,
)
from harness.sensing.recordings.importing.imported import Imported
from kernels_ref.carriers import layout_word
from kernels_ref.packets import RawCsiFrame
from tests.harness.captures import ETHERNET, V4, ethernet, ip, pcap
from tests.schema.examples import EXAMPLES

OURS, THEIRS = "02:00:00:00:00:01", "02:00:00:00:00:02"
FORMS = {
    "esp-csi": ESP_CSI,
    "esp-csi with gains": ESP_CSI_GAINS,
    "esp-csi C6": ESP_CSI_C6,
    "esp-csi C6 without gains": ESP_CSI_C6_PLAIN,
    "ESP32-CSI-Tool": CSI_TOOL,
}


def samples(i: int, n: int = 128) -> list[int]:
    return [(7 * i + 3 * k) % 41 - 20 for k in range(n)]


def row(
    names: list[str],
    i: int,
    us: int,
    *,
    values: list[int] | None = None,
    form: str = '"[{}]"',
    comma: str = ",",
    **cells: object,
) -> str:
    """A row of the form, of frame `i`."""
    told = samples(i) if values is None else values
    known = {
        "type": "CSI_DATA",
        "id": i,
        "role": "STA",
        "mac": OURS,
        "rssi": -40 - i,
        "rate": 11,
        "channel": 6,
        "local_timestamp": us,
        "real_timestamp": us / 1e6,
        "noise_floor": -95,
        "len": len(told),
        **cells,
    }
    head = ",".join(str(known.get(name, 0)) for name in names)
    return f"{head},{form.format(comma.join(map(str, told)))}"


def imported(tmp_path: Path, lines: list[str], **options: object) -> Imported:
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_file(path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("has_header", [True, False])
@pytest.mark.parametrize("name", FORMS)
def test_rows_of_every_form(tmp_path: Path, name: str, has_header: bool) -> None:
    names = FORMS[name]
    bare = name == "ESP32-CSI-Tool"
    lines = [",".join([*names, "CSI_DATA" if bare else "data"])] if has_header else []
    brackets = {"form": "[{} ]", "comma": " "} if bare else {}
    lines += [row(names, i, 1_000_000 + 20_000 * i, **brackets) for i in range(5)]  # type: ignore[arg-type]
    read = imported(tmp_path, lines)
    assert not read.broken
    assert read.frames.us.tolist() == [1_000_000 + 20_000 * i for i in range(5)]
    assert read.frames.iq.tolist() == [samples(i) for i in range(5)]
    assert read.frames.rssi.tolist() == [-40, -41, -42, -43, -44]
    assert (read.frames.channel, read.sender) == (6, OURS)


def test_a_header_counts_only_for_rows_that_have_as_many_columns(tmp_path: Path) -> None:
    """A widely used logger writes the long header above an ESP32-C6's short rows."""
    lines = [",".join([*ESP_CSI, "data"]), *(row(ESP_CSI_C6, i, 20_000 * i) for i in range(3))]
    read = imported(tmp_path, lines)
    assert read.frames.us.tolist() == [0, 20_000, 40_000]
    assert read.frames.channel == 6


def test_columns_go_by_the_header(tmp_path: Path) -> None:
    names = ["type", "id", "mac", "channel", "rssi", "local_timestamp", "esp_epoch_us", "len"]
    lines = [",".join([*names, "data", "class"])]
    lines += [row(names, i, 20_000 * i) + ",walking" for i in range(3)]
    read = imported(tmp_path, lines)
    assert (read.frames.channel, read.frames.rssi.tolist()) == (6, [-40, -41, -42])
    assert read.frames.us.tolist() == [0, 20_000, 40_000]


def test_rows_with_a_row_number_and_every_cell_in_quotation_marks(tmp_path: Path) -> None:
    lines = []
    for i in range(3):
        cells = row(ESP_CSI, i, 20_000 * i).split(",", len(ESP_CSI))
        lines.append(f'"{i}",' + ",".join(f'"{cell}"' for cell in cells[:-1]) + "," + cells[-1])
    read = imported(tmp_path, lines)
    assert read.frames.us.tolist() == [0, 20_000, 40_000]
    assert read.frames.iq.tolist() == [samples(i) for i in range(3)]


def test_a_log_between_rows_and_broken_rows_are_counted(tmp_path: Path) -> None:
    good = [row(ESP_CSI, i, 20_000 * i) for i in range(6)]
    lines = [
        "ets Jul 29 2019 12:21:46",
        good[0],
        "I (1234) wifi:state: run" + good[1],  # a line break was lost
        good[2][:90],
        good[2],
        good[3].replace("-4,", "-4x,"),
        good[3] + good[4],
        row(ESP_CSI, 5, 100_000, values=samples(5, 100), len=128),
        row(ESP_CSI, 6, 120_000, values=[1, 2, 3]),
        "",
        row(ESP_CSI[:-1], 7, 140_000),
        row(ESP_CSI, 8, 160_000, values=[1, 40_000]),
    ]
    read = imported(tmp_path, lines)
    assert read.frames.us.tolist() == [0, 20_000, 40_000, 60_000, 80_000]
    assert [(b.line, b.why.split()[0]) for b in read.broken] == [
        (4, "it"),
        (6, "'-4x'"),
        (8, "it"),
        (9, "3"),
        (11, "23"),
        (12, "a"),
    ]
    assert read.broken[2].why == "it has 100 samples, but len is 128"
    assert read.other_lines == 1
    said = "\n".join(read.said())
    assert "left out: 6 broken rows" in said
    assert "  line 4: it ends within the samples" in said
    assert "passed over: 1 lines" in said


def test_the_sender_with_most_frames_is_taken_or_the_one_asked_for(tmp_path: Path) -> None:
    lines = [row(ESP_CSI, i, 20_000 * i) for i in range(5)]
    lines += [row(ESP_CSI, i, 20_000 * i + 5, mac=THEIRS.upper()) for i in range(2)]
    read = imported(tmp_path, lines)
    assert (len(read.frames), read.other_senders) == (5, {THEIRS: 2})
    assert read.frames.senders == (bytes.fromhex(OURS.replace(":", "")),)
    assert len(imported(tmp_path, lines, sender=THEIRS).frames) == 2
    with pytest.raises(BadRecording, match=rf"no frame of 02:03.*{OURS} \(5\)"):
        imported(tmp_path, lines, sender="02:03")


def test_a_clock_of_32_bits_wraps(tmp_path: Path) -> None:
    at = [(1 << 32) - 30_000 + 20_000 * i for i in range(5)]
    read = imported(tmp_path, [row(ESP_CSI, i, us % (1 << 32)) for i, us in enumerate(at)])
    assert read.frames.us.tolist() == at
    assert "wrapped 1 times" in "".join(read.notes)


def test_a_clock_that_is_printed_with_a_sign_goes_on(tmp_path: Path) -> None:
    at = [(1 << 31) - 30_000 + 20_000 * i for i in range(5)]
    told = [us if us < 1 << 31 else us - (1 << 32) for us in at]
    assert min(told) < 0
    read = imported(tmp_path, [row(ESP_CSI, i, us) for i, us in enumerate(told)])
    assert read.frames.us.tolist() == at
    assert not read.notes


def test_a_board_that_began_anew_leaves_a_pause(tmp_path: Path) -> None:
    at = [90_000_000, 90_020_000, 500_000, 520_000]
    read = imported(tmp_path, [row(ESP_CSI, i, us) for i, us in enumerate(at)])
    assert np.diff(read.frames.us).tolist() == [20_000, 4_000_000, 20_000]
    assert "the clock restarted 1 times" in "".join(read.notes)


def test_a_frame_that_was_told_late_keeps_its_time(tmp_path: Path) -> None:
    at = [100_000, 140_000, 120_000, 160_000]
    read = imported(tmp_path, [row(ESP_CSI, i, us) for i, us in enumerate(at)])
    assert read.frames.us.tolist() == at


@pytest.mark.parametrize(
    ("cells", "n", "layout"),
    [
        ({"sig_mode": 0}, 128, layout_word(1)),
        ({"sig_mode": 1}, 256, layout_word(2)),
        ({"sig_mode": 1}, 128, layout_word(2, absent=0b10)),
        ({"sig_mode": 1, "stbc": 1}, 384, layout_word(3)),
        ({"sig_mode": 0, "secondary_channel": 2}, 128, layout_word(4)),
        ({"sig_mode": 1, "secondary_channel": 1}, 256, layout_word(5)),
        ({"sig_mode": 1, "secondary_channel": 2, "stbc": 1}, 380, layout_word(6)),
        ({"sig_mode": 1, "secondary_channel": 1, "stbc": 1}, 376, layout_word(7)),
        ({"sig_mode": 1, "secondary_channel": 1, "bandwidth": 1}, 384, layout_word(8)),
        ({"sig_mode": 1, "secondary_channel": 1, "bandwidth": 1, "stbc": 1}, 612, layout_word(9)),
        ({"sig_mode": 1, "first_word": 1}, 256, layout_word(2, first_word_invalid=True)),
        ({"sig_mode": 1}, 200, 0),
        ({"sig_mode": 3}, 256, 0),
    ],
)
def test_the_layout_goes_by_what_the_row_says(
    tmp_path: Path, cells: dict[str, int], n: int, layout: int
) -> None:
    read = imported(tmp_path, [row(ESP_CSI, i, i, values=samples(i, n), **cells) for i in range(2)])  # type: ignore[arg-type]
    assert read.frames.layout.tolist() == [layout, layout]


def test_rows_that_keep_only_the_first_field(tmp_path: Path) -> None:
    told = {"sig_mode": 1, "bandwidth": 1, "secondary_channel": 1, "len": 384}
    lines = [row(CSI_TOOL, i, 10_000 * i, form="[{} ]", comma=" ", **told) for i in range(2)]  # type: ignore[arg-type]
    read = imported(tmp_path, lines)
    assert not read.broken
    assert read.frames.layout.tolist() == [layout_word(8, 0b10, first_word_invalid=True)] * 2


def test_mixed_lengths_stay_one_link(tmp_path: Path) -> None:
    lines = [row(ESP_CSI, i, i, values=samples(i, 256 if i % 2 else 128)) for i in range(4)]
    read = imported(tmp_path, lines)
    assert read.frames.length.tolist() == [128, 256, 128, 256]
    assert not read.frames.iq[0, 128:].any()
    assert any("several lengths" in line for line in read.said())


def test_amplitudes_of_a_row_and_phases(tmp_path: Path) -> None:
    loud = [(i % 60) * 4 for i in range(64)]
    lines = [row(CSI_TOOL, i, i, values=loud, len=128) for i in range(2)]
    pairs = imported(tmp_path, lines).frames.iq.reshape(2, 64, 2)
    assert not pairs[..., 0].any()
    assert pairs[0, :, 1].tolist() == [value // 2 for value in loud]
    phases = [i % 7 - 3 for i in range(64)]
    with pytest.raises(BadRecording, match="phases but no amplitudes"):
        imported(tmp_path, [row(CSI_TOOL, 0, 0, values=phases, len=128)])


def test_samples_beyond_int8_are_halved_until_they_fit(tmp_path: Path) -> None:
    read = imported(tmp_path, [row(ESP_CSI, i, i, values=[300, -200, 8, 4]) for i in range(2)])
    assert read.frames.iq[0].tolist() == [75, -50, 2, 1]
    assert "2 frames have samples beyond int8" in "".join(read.notes)


def test_rows_without_a_time_need_a_rate(tmp_path: Path) -> None:
    names = ["type", "mac", "rssi", "len"]
    lines = [",".join([*names, "data"]), *(row(names, i, 0) for i in range(3))]
    with pytest.raises(BadRecording, match=r"Nothing in it says when.*--rate"):
        imported(tmp_path, lines)
    read = imported(tmp_path, lines, rate_hz=40.0)
    assert read.frames.us.tolist() == [0, 25_000, 50_000]
    assert "times are assumed" in "".join(read.notes)


def test_plain_rows_of_bytes(tmp_path: Path) -> None:
    lines = [",".join(map(str, [1720464521679 + 20 * i, *samples(i)])) for i in range(4)]
    lines.insert(2, lines[2].replace(",", ";", 1).replace("-", "x"))
    read = imported(tmp_path, lines)
    assert (read.frames.us - read.frames.us[0]).tolist() == [0, 20_000, 40_000, 60_000]
    assert read.frames.us[0] == 1720464521679_000
    assert read.frames.iq.tolist() == [samples(i) for i in range(4)]


def test_plain_rows_of_amplitudes_go_by_their_header(tmp_path: Path) -> None:
    lines = [
        "session_id,host_unix_us,timestamp_us,label,rssi," + ",".join(f"amp_{i}" for i in range(64))
    ]
    values = ",".join(str(i % 50) for i in range(64))
    lines += [f"a_1,1785080927867084,{226_712_295 + 100_000 * i},0,-46,{values}" for i in range(3)]
    lines.append(lines[1] + ",9")
    read = imported(tmp_path, lines)
    assert read.frames.us.tolist() == [226_712_295, 226_812_295, 226_912_295]
    pairs = read.frames.iq.reshape(3, 64, 2)
    assert not pairs[..., 0].any()
    assert pairs[1, :, 1].tolist() == [i % 50 for i in range(64)]
    assert read.frames.rssi.tolist() == [-46] * 3
    assert [b.line for b in read.broken] == [5]


def test_bytes_that_a_text_uart_moved_are_told_of(tmp_path: Path) -> None:
    moved = [value for _ in range(8) for value in (13, 10, *([3] * 14))]
    lines = [",".join(map(str, [1720464521679 + 20 * i, *moved])) for i in range(4)]
    assert "a text UART inserted those" in "".join(imported(tmp_path, lines).notes)
    honest = [value for _ in range(8) for value in (12, 10, *([3] * 14))]
    lines = [",".join(map(str, [1720464521679 + 20 * i, *honest])) for i in range(4)]
    assert not imported(tmp_path, lines).notes


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    rows = [
        {
            "timestamp": 1775182186.957 + 0.05 * i,
            "node_id": 2 if i % 3 else 1,
            "iq_hex": np.array(samples(i), np.int8).tobytes().hex(),
            "rssi": -50,
        }
        for i in range(6)
    ]
    lines = [json.dumps(row) for row in rows]
    lines += [json.dumps({"type": "vitals", "bpm": 12}), "{half", json.dumps({"iq_hex": "0g"})]
    path.write_text("\n".join(lines))
    read = read_file(path)
    assert (read.sender, read.other_senders) == ("2", {"1": 2})
    assert (read.frames.us - read.frames.us[0]).tolist() == [0, 50_000, 150_000, 200_000]
    assert read.frames.iq[0].tolist() == samples(1)
    assert ([b.line for b in read.broken], read.other_lines) == ([8, 9], 1)


def test_json_lines_with_lists(tmp_path: Path) -> None:
    path = tmp_path / "lists.jsonl"
    rows = [{"ts": 0.02 * i, "csi": samples(i, 64)} for i in range(3)]
    path.write_text("\n".join(map(json.dumps, rows)))
    frames = read_file(path).frames
    assert frames.us.tolist() == [0, 20_000, 40_000]
    assert frames.iq[2].tolist() == samples(2, 64)


def test_arrays(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    iq = np.array([samples(i) for i in range(4)], np.int8)
    np.savez(path, iq=iq, us=np.arange(4) * 20_000, rssi=np.full(4, -44), layout=np.full(4, 1))
    frames = read_file(path).frames
    assert np.array_equal(frames.iq, iq)
    assert (frames.layout[3], frames.rssi[0], frames.us[3]) == (1, -44, 60_000)


def test_complex_arrays_keep_their_ratios_frame_by_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    csi = np.array([[1 + 2j, 3 - 4j], [1e-3 + 2e-3j, 3e-3 - 4e-3j]])
    np.savez(path, csi=csi, timestamps=np.array([0.0, 0.02]))
    pairs = read_file(path).frames.iq.reshape(2, 2, 2)
    for frame, truth in zip(pairs, csi, strict=True):
        z = frame[:, 1] + 1j * frame[:, 0]
        assert z[1] / z[0] == pytest.approx(truth[1] / truth[0], rel=0.02)
        assert np.abs(frame).max() > 59


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"x": np.zeros(3)}, "no channel state"),
        ({"iq": np.zeros((3, 8), np.int8)}, "has no times"),
        ({"iq": np.zeros((3, 8), np.int8), "us": np.zeros(2)}, "2 values for 3 frames"),
        ({"iq": np.full((3, 8), 900), "us": np.zeros(3)}, "int8 does not hold"),
        ({"iq": np.zeros(8, np.int8), "us": np.zeros(8)}, "has the shape"),
        ({"amplitudes": -np.ones((3, 8)), "us": np.zeros(3)}, "below 0"),
        ({"iq": np.zeros((3, 7), np.int8), "us": np.zeros(3)}, "no whole pairs"),
        (
            {"csi": np.array([[1, None]], dtype=object), "us": np.zeros(1)},
            "not an .npz of plain arrays",
        ),
    ],
)
def test_arrays_that_are_no_recording(
    tmp_path: Path, arrays: dict[str, np.ndarray], why: str
) -> None:
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(BadRecording, match=why):
        read_file(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (bytes((9, 0, 0, 0, 0x15, 3, 0x15, 0x20)), "PicoScenes"),
        (
            b"\xd4\xc3\xb2\xa1"
            + bytes(60)
            + bytes((10,) * 4)
            + b"\xff" * 4
            + bytes((0x15, 0x7C) * 2),
            "nexmon",
        ),
    ],
)
def test_other_makers_recordings_are_refused_by_name(
    tmp_path: Path, head: bytes, name: str
) -> None:
    (tmp_path / "a.bin").write_bytes(head + bytes(100))
    with pytest.raises(BadRecording, match=f"{name}.*not supported"):
        read_file(tmp_path / "a.bin")


def test_what_is_written_is_read_back_with_times_and_layout(tmp_path: Path) -> None:
    """To the microsecond, times since 1970 too."""
    first = 1_720_464_521_679_123
    lines = [row(ESP_CSI, i, 0, esp_epoch_us=first + 20_011 * i) for i in range(50)]
    names = ["esp_epoch_us" if name == "local_timestamp" else name for name in ESP_CSI]
    lines = [",".join([*names, "data"])]
    lines += [row(names, i, 0, esp_epoch_us=first + 20_011 * i, sig_mode=1) for i in range(50)]
    frames = imported(tmp_path, lines).frames
    assert frames.us[0] == first
    write_capture(frames, tmp_path / "a.pcap")
    again = read_file(tmp_path / "a.pcap").frames
    for name in ("us", "iq", "length", "layout", "rssi"):
        assert np.array_equal(getattr(again, name), getattr(frames, name)), name
    assert again.channel == frames.channel


def test_two_nodes_of_a_capture_with_one_number_are_chosen_by_their_address(tmp_path: Path) -> None:
    frame = next(packet for packet, _ in EXAMPLES if isinstance(packet, RawCsiFrame))
    ways = [replace(V4, source=f"192.0.2.{end}") for end in (11, 12, 12)]
    sent = [(replace(frame, seq=n).encode(), way) for n, way in enumerate(ways * 20)]
    file = tmp_path / "two.pcap"
    file.write_bytes(pcap(ETHERNET, [ethernet(ip(data, way)) for data, way in sent]))
    assert read_file(file, None, None).sender == f"node {frame.node_id} at 192.0.2.12"
    assert len(read_file(file, "192.0.2.11", None).frames) == 20
    with pytest.raises(BadRecording, match=f"frames of several {frame.node_id}"):
        read_file(file, str(frame.node_id), None)
