"""What the doctor says of ESP-IDF targets and of boards, without touching a board."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import serial  # type: ignore[import-untyped, unused-ignore]

from harness.build.requirement import Requirement, first_missing
from harness.cli.app import run_cli
from harness.doctor import diagnosis
from harness.target.emulator import in_emulator


def test_a_board_is_listed_without_being_opened(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    attached = SimpleNamespace(
        device="COM8",
        description="USB JTAG",
        vid=0x303A,
        pid=0x1001,
        serial_number="AA:02",
        location="1-1.3",
    )
    monkeypatch.setattr(diagnosis.list_ports, "comports", lambda: [attached])
    opened: list[object] = []
    monkeypatch.setattr(serial, "serial_for_url", lambda *a, **k: opened.append(a))
    monkeypatch.setattr(serial.Serial, "open", lambda self: opened.append(self))
    run_cli(["doctor"])
    said = capsys.readouterr().out
    assert "COM8" in said and "303a:1001" in said and "AA:02" in said and "1-1.3" in said
    assert not opened


def test_a_board_that_is_asked_and_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    run_cli(["doctor", "--probe", "no-such-port"])
    assert "Could not open no-such-port" in capsys.readouterr().out


def test_without_esp_idf_only_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("IDF_PATH", raising=False)
    run_cli(["doctor"])
    line = next(row for row in capsys.readouterr().out.splitlines() if row.startswith("esp32s3 "))
    assert "missing: ESP-IDF" in line and "xtensa" not in line


def test_what_another_requirement_brings_is_not_asked_for() -> None:
    first = Requirement("first", lambda: None, brings_others=True)
    second = Requirement("second", lambda: None)
    assert first_missing([first, second]) == [first]
    assert first_missing([second, first]) == [second, first]


def test_the_emulator_is_the_one_that_knows_the_chip(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    qemu, esp_emu = tmp_path / "qemu-system-riscv32", tmp_path / "esp-emu"
    programs = {qemu.name: qemu, esp_emu.name: esp_emu}
    monkeypatch.setattr("harness.target.emulator.find_idf_program", programs.get)
    monkeypatch.setattr("harness.target.emulator._machines", lambda _program: {"esp32c3", "virt"})
    pytest.importorskip("pytest_embedded_espemu")
    assert in_emulator("esp32c3").embedded_services == "idf,qemu"
    assert in_emulator("esp32c6").embedded_services == "idf,espemu"
    assert in_emulator("esp32").embedded_services == "idf,qemu"
    missing = in_emulator("esp32").requirements[-1]
    assert missing.find() is None and "install qemu-xtensa" in missing.remedy
