"""From the options of the command line to the port of a board."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from harness.device import board_port as attached
from harness.device.board_port import PortNotFound
from harness.errors import BenchError
from harness.plugin import options
from harness.plugin.options import board_port


def config(target: str = "esp32s3", workers: int | None = None, **given: str) -> Any:
    names = ("port", "port_serial_number", "port_location", "port_mac")
    option = SimpleNamespace(
        target=target, numprocesses=workers, **{name: given.get(name) for name in names}
    )
    return SimpleNamespace(option=option, getoption=lambda name, default: option.numprocesses)


@pytest.fixture(autouse=True)
def two_boards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESPPORT", raising=False)
    boards = [
        SimpleNamespace(device="COM3", serial_number="AA:01", location="1-1", vid=1, pid=2),
        SimpleNamespace(device="COM8", serial_number="AA:02", location="1-2", vid=1, pid=2),
    ]
    monkeypatch.setattr(attached.list_ports, "comports", lambda: boards)


@pytest.mark.parametrize(
    ("given", "port"),
    [
        ({}, ""),
        ({"port": "COM77"}, "COM77"),
        ({"port_serial_number": "AA:02"}, "COM8"),
        ({"port_serial_number": " AA:09 , AA:01 ,"}, "COM3"),
        ({"port_location": "1-2"}, "COM8"),
        ({"port": "auto", "port_serial_number": "AA:02"}, "COM8"),
    ],
)
def test_the_port_that_the_options_mean(given: dict[str, str], port: str) -> None:
    assert board_port(config(**given)) == port


def test_several_boards_and_nothing_that_tells_them_apart() -> None:
    with pytest.raises(PortNotFound, match="2 attached ports fit --port auto"):
        board_port(config(port="auto"))


def test_the_address_of_the_chip_chooses_among_the_ports_that_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[list[str], str]] = []

    def chip_on(ports: list[str], mac: str) -> str:
        asked.append((ports, mac))
        return ports[-1]

    monkeypatch.setattr("harness.device.board.port_with_mac", chip_on)
    assert board_port(config(port_mac="f4:12:fa:00:11:22")) == "COM8"
    assert board_port(config(port_mac="f4:12:fa:00:11:22", port="COM3")) == "COM3"
    assert asked == [
        (["COM3", "COM8"], "f4:12:fa:00:11:22"),
        (["COM3"], "f4:12:fa:00:11:22"),
    ]


def test_esp_idfs_own_variable_names_the_board_of_a_chip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESPPORT", "COM5")
    assert board_port(config()) == "COM5"
    assert board_port(config(port="COM8")) == "COM8"
    assert board_port(config(target="qemu")) == ""


def test_one_board_is_not_for_several_workers() -> None:
    with pytest.raises(BenchError, match=r"by 2 workers of pytest-xdist\. Type -n 0,"):
        board_port(config(port="COM3", workers=2))
    assert board_port(config(workers=2)) == ""


def test_an_overlay_is_a_name_or_a_file(tmp_path: Any) -> None:
    (tmp_path / "sdkconfig.mine").touch()
    (tmp_path / "other").touch()
    assert options.find_overlay("mine", tmp_path).name == "sdkconfig.mine"
    assert options.find_overlay(str(tmp_path / "other"), tmp_path).name == "other"
    with pytest.raises(options.BenchError, match=r"--overlay nothing is not a file.*these: mine"):
        options.find_overlay("nothing", tmp_path)
