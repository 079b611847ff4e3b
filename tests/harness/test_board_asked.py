"""Boards that are asked who they are, which resets them: `--port-mac` and `hil doctor --probe`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import esptool
import pytest

from harness.cli.app import run_cli
from harness.device.board import port_with_mac
from harness.doctor import diagnosis, probe
from harness.errors import PortMissing

FIRST, SECOND = "f4:12:fa:00:11:22", "f4:12:fa:00:11:33"


class Bench:
    """Scripted chips on ports, in place of esptool's; None: nothing answers there."""

    def __init__(self, chips: dict[str, str | None]) -> None:
        self._chips = chips
        self.asked: list[str] = []
        self.restarted: list[str] = []
        self.closed: list[str] = []

    def detect(self, port: str, connect_attempts: int = 0) -> Any:
        assert connect_attempts > 0, "esptool would try for ever"
        self.asked.append(port)
        address = self._chips[port]
        if address is None:
            raise esptool.FatalError("Failed to connect to Espressif device: No serial data.\nFor")
        return SimpleNamespace(
            read_mac=lambda: tuple(bytes.fromhex(address.replace(":", ""))),
            get_chip_description=lambda: "ESP32-S3 (QFN56) (revision v0.2)",
            hard_reset=lambda: self.restarted.append(port),
            _port=SimpleNamespace(close=lambda: self.closed.append(port)),
        )


def bench(monkeypatch: pytest.MonkeyPatch, chips: dict[str, str | None]) -> Bench:
    made = Bench(chips)
    monkeypatch.setattr(esptool, "detect_chip", made.detect)
    monkeypatch.setattr(probe, "attach_flash", lambda _loader: None)
    monkeypatch.setattr(probe, "detect_flash_size", lambda _loader: "8MB")
    return made


# ---- --port-mac ----------------------------------------------------------------------------------


def test_the_board_with_that_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that does not answer is passed over, those behind it are left alone."""
    made = bench(monkeypatch, {"COM1": None, "COM3": FIRST, "COM8": SECOND, "COM9": FIRST})
    assert port_with_mac(["COM1", "COM3", "COM8", "COM9"], SECOND.upper()) == "COM8"
    assert made.asked == ["COM1", "COM3", "COM8"]
    assert made.restarted == made.closed == ["COM3", "COM8"]


def test_no_board_has_that_address(monkeypatch: pytest.MonkeyPatch) -> None:
    made = bench(monkeypatch, {"COM1": None, "COM3": FIRST})
    with pytest.raises(PortMissing) as caught:
        port_with_mac(["COM1", "COM3"], SECOND)
    assert str(caught.value) == (
        f"Port --port-mac {SECOND} cannot be used: "
        "no chip on COM1, COM3 has that address. Type: hil doctor"
    )
    assert made.closed == ["COM3"], "the port of a board that was asked stays open"


def test_a_chip_that_does_not_tell_its_address_keeps_no_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = bench(monkeypatch, {"COM3": FIRST, "COM8": SECOND})
    detect = made.detect

    def mute_on_com3(port: str, **options: Any) -> Any:
        loader = detect(port, **options)
        if port == "COM3":
            loader.read_mac = lambda: (_ for _ in ()).throw(esptool.FatalError("no answer"))
        return loader

    monkeypatch.setattr(esptool, "detect_chip", mute_on_com3)
    assert port_with_mac(["COM3", "COM8"], SECOND) == "COM8"
    assert made.closed == ["COM3", "COM8"]


# ---- hil doctor --probe -------------------------------------------------------------------------


def attach(monkeypatch: pytest.MonkeyPatch, *devices: str) -> None:
    boards = [
        SimpleNamespace(
            device=name,
            description="USB JTAG",
            vid=0x303A,
            pid=0x1001,
            serial_number=f"SN-{name}",
            location=None,
        )
        for name in devices
    ]
    monkeypatch.setattr(diagnosis.list_ports, "comports", lambda: boards)


def test_a_board_that_is_asked_says_chip_revision_flash_and_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = bench(monkeypatch, {"COM3": FIRST, "COM8": SECOND})
    attach(monkeypatch, "COM3", "COM8")
    run_cli(["doctor", "--probe", "COM8"])
    said = capsys.readouterr().out
    row = said.splitlines()[-1].split("  ")
    assert [word.strip() for word in row if word] == [
        "COM8",
        "ESP32-S3 (QFN56) (revision v0.2)",
        "8MB",
        SECOND,
    ]
    assert "303a:1001" in said and "SN-COM8" in said
    assert made.asked == made.restarted == made.closed == ["COM8"], "COM3 was not to be touched"


def test_every_attached_board_is_asked_and_one_that_is_silent_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = bench(monkeypatch, {"COM3": None, "COM8": SECOND})
    attach(monkeypatch, "COM3", "COM8")
    run_cli(["doctor", "--probe-all"])
    said = capsys.readouterr().out
    assert "Failed to connect to Espressif device: No serial data." in said and SECOND in said
    assert made.asked == ["COM3", "COM8"]
