"""What a command line means, and what follows from --target when it is not given."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.build import BuildRequest
from harness.connection import DEFAULT_BAUD
from harness.device.board_port import WantedPort, find_ports, only_port
from harness.errors import BenchError
from harness.plugin.application import application_of
from harness.target import (
    Capability,
    Target,
    Variant,
    checkout,
    find_target,
    firmware_dir,
    require,
)
from harness.target.esp_idf import CHIPS
from harness.target.registry import DEFAULT_TARGET

MOST_NODES = 16


@dataclass(frozen=True)
class Sources:
    """What is built.

    firmware_dir: the folder with agent, machine and ports. application_dir: the application on it;
    None for the one in firmware_dir itself. builds: the folder with a folder for each build.
    """

    firmware_dir: Path
    application_dir: Path | None
    builds: Path

    @property
    def project(self) -> Path:
        """The folder of the ESP-IDF project, where the overlays are too."""
        return self.application_dir or self.firmware_dir


@dataclass(frozen=True)
class Choice:
    """What the command line asks for."""

    target: Target
    variant: Variant
    sources: Sources
    build_dir: Path
    own_build_dir: bool = False  # whether --build-dir named it
    port: str = ""  # of the board; empty where the target is not a board
    count: int = 1  # number of nodes, each in a device of its own

    @property
    def label(self) -> str:
        return self.target.label(self.variant)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Everything of the target that a test may need."""
        return self.target.capabilities | self.variant.capabilities

    @property
    def build_request(self) -> BuildRequest:
        return BuildRequest(
            target=self.target.name,
            source_dir=self.sources.firmware_dir,
            build_dir=self.build_dir,
            sanitize=self.variant.sanitize,
            coverage=self.variant.coverage,
            overlays=self.variant.overlays,
            application_dir=self.sources.application_dir,
        )


_CHOICE = pytest.StashKey[Choice]()


def choose(config: pytest.Config) -> Choice:
    """Reads the options. Raises BenchError for what is impossible."""
    option = config.option
    application_of(config).check_options(config)
    if not 1 <= option.count <= MOST_NODES:
        raise BenchError(f"--count {option.count}: a session has 1 to {MOST_NODES} nodes.")
    port = board_port(config)
    if port and option.count > 1:
        raise BenchError(
            f"--count {option.count}: the port {port} has one board.",
            "Only --target qemu and host can run several nodes at once.",
        )
    target = find_target(option.target or DEFAULT_TARGET, port)
    sources = find_sources(config)
    overlays = tuple(find_overlay(name, sources.project) for name in option.overlay or ())
    variant = Variant(sanitize=option.sanitize, coverage=option.coverage, overlays=overlays)
    target.check_variant(variant)
    usual = (sources.builds / target.label(variant)).resolve()
    build_dir = Path(option.build_dir or usual).resolve()
    return Choice(
        target,
        variant,
        sources,
        build_dir,
        own_build_dir=build_dir != usual,  # pytest-xdist gives its workers the usual one too
        port=port,
        count=option.count,
    )


def find_sources(config: pytest.Config) -> Sources:
    """What --firmware-dir names, else the application's folder, else the firmware of this checkout.

    A folder with ports of its own is a complete firmware. Any other is built in `build/` below the
    root of the tests, not among its sources.

    Raises: BenchError.
    """
    named = config.option.firmware_dir
    folder = named or application_of(config).firmware
    if folder is None:
        root = checkout()
        if root is None:
            raise BenchError(
                "No firmware is named.",
                "Name its folder with --firmware-dir, or in a conftest.py as `hil new` writes it.",
            )
        return Sources(firmware_dir(), None, root / "build")
    folder = Path(folder).resolve()
    if (folder / "ports" / "CMakeLists.txt").is_file():
        return Sources(folder, None, folder / "build")
    if not (folder / "CMakeLists.txt").is_file():
        whose = "--firmware-dir" if named else "The application's firmware"
        what = "holds no CMakeLists.txt" if folder.is_dir() else "is not a folder"
        raise BenchError(f"{whose} {folder} {what}.")
    return Sources(firmware_dir(), folder, config.rootpath / "build")


def find_overlay(name: str, sources: Path) -> Path:
    """The file that an --overlay means: 4mb is firmware/sdkconfig.4mb; a path means itself.

    Raises: BenchError.
    """
    for path in (sources / f"sdkconfig.{name}", sources / name, Path(name)):
        if path.is_file():
            return path.resolve()
    ours = (path.name.removeprefix("sdkconfig.") for path in sources.glob("sdkconfig.*"))
    known = ", ".join(sorted(overlay for overlay in ours if not overlay.startswith("defaults")))
    raise BenchError(f"--overlay {name} is not a file.", f"The project has these: {known}.")


def board_port(config: pytest.Config) -> str:
    """The port of the board that the options describe; empty when they describe none.

    Raises: PortNotFound, BenchError.
    """
    option = config.option
    numbers = (option.port_serial_number or "").split(",")
    # ESP-IDF's variable names the board, if the target is a chip
    name = option.port or (os.environ.get("ESPPORT", "") if option.target in CHIPS else "")
    wanted = WantedPort(
        name=name,
        serial_numbers=tuple(number.strip() for number in numbers if number.strip()),
        location=option.port_location or "",
        mac=option.port_mac or "",
    )
    if not wanted.is_given:
        return ""
    if config.getoption("numprocesses", None):
        raise BenchError(
            f"One board cannot be shared by {option.numprocesses} workers of pytest-xdist.",
            "Type -n 0, which overrides an -n of pytest.ini, addopts or PYTEST_ADDOPTS.",
        )
    found = find_ports(wanted)
    if wanted.mac:
        from harness.device.board import port_with_mac

        return port_with_mac(found, wanted.mac)
    return only_port(wanted, found)


def check_tools(choice: Choice, baud: int) -> None:
    """Called before anything is built. Raises ToolMissing, or what is wrong with the board."""
    require(choice.target.requirements, f"for target {choice.target.name}")
    choice.target.check(baud)


def baud_rate(config: pytest.Config) -> int:
    """The rate of --baud in bits a second. Raises BenchError for any other text."""
    given = str(config.option.baud or DEFAULT_BAUD).strip()
    if not given.isdecimal() or not int(given):
        raise BenchError(f"--baud {given} is not a baud rate.", f"For example: {DEFAULT_BAUD}")
    return int(given)


def follow_target(config: pytest.Config, choice: Choice) -> None:
    """Sets those options of pytest-embedded that follow from the target and were not given."""
    option = config.option
    config.stash[_CHOICE] = choice
    option.target = choice.target.name
    option.embedded_services = option.embedded_services or choice.target.embedded_services
    option.app_path = option.app_path or str(choice.sources.project)
    option.build_dir = str(choice.build_dir)
    option.port = choice.port or option.port


def repeat_command(config: pytest.Config, node_id: str) -> str:
    """The command that runs exactly the test `node_id` again, in the folder of this command.

    node_id: pytest's id of the test, whose path begins at the root of the tests.
    """
    option, here = config.option, config.invocation_params.dir
    words: list[str] = ["pytest", "--target", option.target]
    for name in ("sanitize", "coverage"):
        if getattr(option, name):
            words.append(f"--{name}")
    if option.count > 1:
        words += ["--count", str(option.count)]
    for overlay in option.overlay or ():
        words += ["--overlay", overlay]
    for name in ("firmware_dir", "port", "baud", "flash_port"):
        if getattr(option, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(option, name))]
    choice = config.stash.get(_CHOICE, None)
    if choice is not None and choice.own_build_dir:
        words += ["--build-dir", _path_from(here, choice.build_dir)]
    if option.inifilename:
        words += ["-c", str(option.inifilename)]
    if option.rootdir:
        words += ["--rootdir", str(option.rootdir)]
    path, colons, name = node_id.partition("::")
    if here != config.rootpath:
        path = _path_from(here, config.rootpath / path)
    return join_words([*words, *application_of(config).repeat_words(config), path + colons + name])


def _path_from(here: Path, path: Path) -> str:
    """The path relative to a folder; absolute where it cannot be (another drive of Windows)."""
    try:
        return os.path.relpath(path, here)
    except ValueError:
        return str(path)


def join_words(words: Sequence[str]) -> str:
    """A command line for the shell of this system."""
    if sys.platform == "win32":
        return " ".join(f'"{word}"' if set(word) & set(" []<>|&") else word for word in words)
    return shlex.join(words)
