"""The node's settings: what is taken, what is refused, and what ends up in the NVS image."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from harness.cli.app import run_cli
from harness.sensing.nvs import (
    NVS_OFFSET,
    NVS_SIZE,
    SETTINGS,
    SettingInvalid,
    make_image,
    parse_setting,
)
from harness.target import firmware_dir


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("node_id", "255", 255),
        ("node_id", "0x10", 16),
        ("ssid", 'a, "b" c', 'a, "b" c'),
        ("password", "", ""),
        ("password", "p" * 63, "p" * 63),
        ("target_host", "10.0.2.2", "10.0.2.2"),
        ("target_port", "65535", 65535),
        ("thr_motion", "0.2", 200),
        ("hop_table", "1,6,11", b"\x01\x06\x0b"),
        ("hop_table", "", b""),
        ("sender", "02:c5:11:00:00:FF", b"\x02\xc5\x11\x00\x00\xff"),
        ("sender", "02-c5-11-00-00-01", b"\x02\xc5\x11\x00\x00\x01"),
        ("sender", "", b""),
    ],
)
def test_what_a_setting_takes(name: str, text: str, value: object) -> None:
    assert parse_setting(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("node_id", "256", "Setting node_id = '256': it is out of range. It takes 0 to 255."),
        ("node_id", "one", "it is not a whole number"),
        ("ssid", "", "it has 0 bytes. It takes 1 to 32 bytes of text."),
        ("ssid", "é" * 17, "it has 34 bytes"),
        ("ssid", "a\nb", "it holds control characters"),
        ("target_host", "example.org", "it is not an IPv4 address"),
        ("target_port", "0", "it is out of range"),
        ("thr_motion", "1.1", "it is out of range"),
        ("thr_motion", "nan", "it is out of range"),
        ("hop_table", "1,15", "a channel is out of range"),
        ("hop_table", "1,1", "a channel is there twice"),
        ("hop_table", "a", "it is not a list of channels"),
        ("sender", "02:c5:11:00:00", "it is not a MAC address"),
        ("sender", "02:c5:11:00:00:1", "it is not a MAC address"),
        ("sender", "02:c5:11:00:00:01:", "it is not a MAC address"),
        ("sender", "ff:ff:ff:ff:ff:ff", "it is a group address"),
        ("sender", "00:00:00:00:00:00", "it is a group address, or all zeros"),
        ("nodeid", "1", "there is no such setting. Known: node_id, ssid"),
    ],
)
def test_what_a_setting_refuses(name: str, text: str, sentence: str) -> None:
    with pytest.raises(SettingInvalid, match=re.escape(sentence)):
        parse_setting(name, text)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(SettingInvalid) as caught:
        parse_setting("password", "secret")
    assert "secret" not in str(caught.value) and "it has 6 bytes" in str(caught.value)


def test_a_password_without_a_network() -> None:
    with pytest.raises(SettingInvalid, match="a password is set, but no network"):
        make_image({"password": "12345678"})


def test_the_image_fills_the_partition_and_holds_the_values() -> None:
    image = make_image({"node_id": 7, "ssid": 'a, "b"', "target_port": 0x1234})
    assert len(image) == NVS_SIZE
    for piece in (b"node\0", b"node_id\0", b'a, "b"\0', b"\x34\x12\xff\xff"):
        assert piece in image
    assert make_image({"node_id": 8}) != make_image({"node_id": 9})


@pytest.mark.parametrize("layout", ["partitions_4mb.csv", "partitions_8mb.csv"])
def test_both_partition_tables_have_it_there(layout: str) -> None:
    with (firmware_dir() / layout).open(encoding="utf-8") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file)]
    (nvs,) = (row for row in rows if row and row[0] == "nvs")
    assert (int(nvs[3], 0), int(nvs[4], 0)) == (NVS_OFFSET, NVS_SIZE)


def test_a_dwell_time_without_channels() -> None:
    with pytest.raises(SettingInvalid, match="a dwell time is set, but no channels"):
        make_image({"hop_dwell_ms": 100, "hop_table": b""})


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_takes_its_default(name: str) -> None:
    setting = SETTINGS[name]
    if setting.default is not None:
        assert setting.low <= setting.default <= setting.high
        assert parse_setting(name, setting.default_text) == setting.default


def test_the_list_shows_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["provision", "--list"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in SETTINGS)
    assert re.search(r"thr_coherence +0.0 to 1.0 +0.2 ", shown)


def test_keys_fit_nvs() -> None:
    assert all(len(name) <= 15 for name in SETTINGS)


def test_the_command_writes_a_file(tmp_path: Path) -> None:
    table, output = tmp_path / "node.toml", tmp_path / "new folder" / "nvs.bin"
    table.write_text('node_id = 5\ntarget_host = "10.0.0.9"\nhop_table = [1, 6, 11]\n')
    words = ["provision", "node_id=6", "--from", str(table), "--output", str(output)]
    assert run_cli(words) == 0
    values = {"node_id": 6, "target_host": "10.0.0.9", "hop_table": b"\x01\x06\x0b"}
    assert output.read_bytes() == make_image(values)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["node_id=300", "--output", "x"], "Setting node_id = '300'"),
        (["node_id", "--output", "x"], "Write NAME=VALUE."),
        (["node_id=3"], "One of --output and --port is needed."),
        (["--output", "x"], "There is nothing to set."),
        (["node_id=3", "--port", "no-such-port"], "Port no-such-port cannot be used"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_cli(["provision", *words]) == 2
    said = capsys.readouterr().err
    assert sentence in said and len(said.splitlines()) == 1
    assert not Path("x").exists()
