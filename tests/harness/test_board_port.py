"""Which port is meant: by name, pattern, USB serial number, place, or the only one there is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.device.board_port import PortNotFound, WantedPort, find_ports, only_port


def port(device: str, number: str = "", location: str = "1-1", vid: int | None = 0x303A) -> Any:
    return SimpleNamespace(
        device=device, serial_number=number, location=location, vid=vid, pid=0x1001
    )


TWO = [port("COM3", "AA:01"), port("COM8", "AA:02", "1-2"), port("COM1", vid=None)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (WantedPort("COM77"), "COM77"),  # a name is a name, attached or not
        (WantedPort("rfc2217://bench:4000"), "rfc2217://bench:4000"),
        (WantedPort(serial_numbers=("AA:02",)), "COM8"),
        (WantedPort("auto", serial_numbers=("AA:01", "AA:09")), "COM3"),
        (WantedPort(location="1-2"), "COM8"),
        (WantedPort("COM8*"), "COM8"),
        (WantedPort("COM[89]"), "COM8"),
        (WantedPort("CO?3"), "COM3"),
        (
            WantedPort("rfc2217://[::1]:4000?ign_set_control"),
            "rfc2217://[::1]:4000?ign_set_control",
        ),
    ],
)
def test_the_port_that_is_meant(wanted: WantedPort, found: str) -> None:
    assert only_port(wanted, find_ports(wanted, TWO), TWO) == found


def test_the_only_board_attached() -> None:
    wanted = WantedPort("auto")
    assert find_ports(wanted, TWO[1:]) == ["COM8"]


def test_none_fits() -> None:
    with pytest.raises(PortNotFound) as caught:
        find_ports(WantedPort(serial_numbers=("ZZ",)), TWO)
    assert "No attached port fits --port-serial-number ZZ." in str(caught.value)
    assert "COM8 (USB 303a:1001, serial number AA:02, location 1-2)" in str(caught.value)


def test_nothing_is_attached() -> None:
    with pytest.raises(PortNotFound, match="No board is attached to a USB port"):
        find_ports(WantedPort("auto"), TWO[2:])


def test_several_fit() -> None:
    wanted = WantedPort("auto")
    with pytest.raises(PortNotFound, match="2 attached ports fit --port auto") as caught:
        only_port(wanted, find_ports(wanted, TWO), TWO)
    assert "COM3" in str(caught.value) and "COM8" in str(caught.value)
    assert str(caught.value).endswith("Choose one with --port or --port-serial-number.")


@pytest.mark.parametrize("numbers", [("", ""), ("0001", "0001"), ("AA:01", "")])
def test_twins_are_told_apart_by_their_place(numbers: tuple[str, str]) -> None:
    twins = [port("/dev/ttyUSB0", numbers[0], "1-1.2"), port("/dev/ttyUSB1", numbers[1], "1-1.3")]
    wanted = WantedPort("/dev/ttyUSB?")
    with pytest.raises(PortNotFound) as caught:
        only_port(wanted, find_ports(wanted, twins), twins)
    said = str(caught.value)
    assert "location 1-1.2" in said and "location 1-1.3" in said
    assert said.endswith("Choose one with --port or --port-location.")
    there = WantedPort(location="1-1.3")
    assert only_port(there, find_ports(there, twins), twins) == "/dev/ttyUSB1"
