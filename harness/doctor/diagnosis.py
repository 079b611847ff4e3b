"""Which targets can run on this machine now, and which ports it has."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from serial.tools import list_ports  # type: ignore[import-untyped, unused-ignore]

from harness.build.requirement import first_missing
from harness.doctor.provision import remedy
from harness.errors import BenchError
from harness.target import Requirement, Target, find_target, known_names
from harness.target.esp_idf import CHIPS, on_board

_EVERYWHERE = ("qemu", "host")
_ESPRESSIF_VID = 0x303A


@dataclass(frozen=True)
class ToolHealth:
    """A program or file a target needs; `path` is empty when it is missing."""

    name: str
    path: str
    version: str
    remedy: str


@dataclass(frozen=True)
class TargetHealth:
    """Whether a target can run now, and if not, why and what makes it so."""

    name: str
    summary: str
    can_run: bool
    tools: tuple[ToolHealth, ...]
    problem: str
    remedy: str


@dataclass(frozen=True)
class PortInfo:
    """A serial port on USB."""

    device: str  # what --port takes
    description: str
    usb_ids: str  # "303a:1001"
    serial_number: str
    location: str  # the USB socket, which --port-location takes
    is_espressif: bool  # the chip's own USB, not a bridge beside it


@dataclass(frozen=True)
class Diagnosis:
    """The whole machine."""

    targets: tuple[TargetHealth, ...]
    ports: tuple[PortInfo, ...]

    @property
    def is_healthy(self) -> bool:
        """Every target that needs nothing but this machine can run."""
        return all(target.can_run for target in self.targets if target.name in _EVERYWHERE)


def diagnose() -> Diagnosis:
    """Examines every target and every port. Opens no port and starts nothing but `--version`."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        targets = tuple(pool.map(_target_health, known_names()))
        boards = tuple(pool.map(_board_health, CHIPS))
    return Diagnosis((*targets, *boards), attached_ports())


def attached_ports() -> tuple[PortInfo, ...]:
    """Every port on USB, without opening any. The UARTs of the machine itself are left out."""
    return tuple(
        PortInfo(
            device=port.device,
            description=port.description or "",
            usb_ids=f"{port.vid:04x}:{port.pid:04x}",
            serial_number=port.serial_number or "",
            location=port.location or "",
            is_espressif=port.vid == _ESPRESSIF_VID,
        )
        for port in sorted(list_ports.comports(), key=lambda port: str(port.device))
        if port.vid is not None and port.pid is not None
    )


def tools_health(requirements: Iterable[Requirement]) -> tuple[ToolHealth, ...]:
    """Path and version of each requirement."""
    healths = []
    for need in requirements:
        path = need.find()
        healths.append(
            ToolHealth(
                name=need.name,
                path=str(path or ""),
                version=need.version(),
                remedy="" if path else need.remedy,
            )
        )
    return tuple(healths)


def _target_health(name: str) -> TargetHealth:
    try:
        target = find_target(name)
    except BenchError as error:
        return TargetHealth(name, "", False, (), error.what, error.remedy)
    return _health(name, target)


def _board_health(chip: str) -> TargetHealth:
    return _health(f"{chip} --port", on_board(chip, ""))


def _health(name: str, target: Target) -> TargetHealth:
    missing = first_missing(target.requirements)
    problem = f"missing: {', '.join(need.name for need in missing)}" if missing else ""
    return TargetHealth(
        name=name,
        summary=target.summary,
        can_run=not missing,
        tools=tools_health(target.requirements),
        problem=problem,
        remedy=remedy(missing),
    )
