"""Which targets can run on this machine now."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.build.requirement import first_missing
from harness.doctor.ports import PortInfo, attached_ports
from harness.doctor.provision import remedy
from harness.errors import BenchError
from harness.target import Requirement, Target, find_target, known_names
from harness.target.esp_idf import CHIPS, on_board

_EVERYWHERE = ("qemu", "host")


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
class Diagnosis:
    """The whole machine."""

    targets: tuple[TargetHealth, ...]
    ports: tuple[PortInfo, ...]

    @property
    def is_healthy(self) -> bool:
        """Every target that needs nothing but this machine can run."""
        return all(target.can_run for target in self.targets if target.name in _EVERYWHERE)


def diagnose() -> Diagnosis:
    """Looks at every target and every port. Opens no port and starts nothing but `--version`."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        targets = tuple(pool.map(_target_health, known_names()))
        boards = tuple(pool.map(_board_health, CHIPS))
    return Diagnosis((*targets, *boards), attached_ports())


def tools_health(requirements: Iterable[Requirement]) -> tuple[ToolHealth, ...]:
    """Path and version of each."""
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
