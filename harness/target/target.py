"""The description of one target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.build.overlay import read_overlays
from harness.build.requirement import Requirement, find_program
from harness.errors import BenchError
from harness.node.chip_crash import Toolchain
from harness.target.capability import Capability

if TYPE_CHECKING:
    from harness.build import Firmware, Recipe
    from harness.embedded_internals import EmbeddedOptions


@dataclass(frozen=True)
class Variant:
    """How the same sources are built differently."""

    sanitize: bool = False  # AddressSanitizer and UndefinedBehaviorSanitizer
    coverage: bool = False  # line coverage with gcov
    overlays: tuple[Path, ...] = ()  # files of Kconfig values, after the target's own

    @property
    def names(self) -> tuple[str, ...]:
        chosen = (("sanitize", self.sanitize), ("coverage", self.coverage))
        overlays = (path.name.removeprefix("sdkconfig.") for path in self.overlays)
        return (*(name for name, is_on in chosen if is_on), *overlays)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What a test can need that depends on the build and not on the target."""
        values = read_overlays(self.overlays)
        head = values.get("CSI_TEMPORAL_HEAD_ENABLED", "y")
        names = {"head" if head == "y" else "head-off"}
        if values.get("MOCK_CSI_AT_BOOT", "n") == "y":
            names.add("mock-at-boot")
        return frozenset(Capability(name) for name in names)

    @property
    def options(self) -> tuple[str, ...]:
        """The command line options that choose it."""
        switches = (("--sanitize", self.sanitize), ("--coverage", self.coverage))
        overlays = (word for path in self.overlays for word in ("--overlay", str(path)))
        return (*(name for name, is_on in switches if is_on), *overlays)


def _nothing_to_check(_baud: int) -> None:
    pass


@dataclass(frozen=True)
class Target:
    """A target: recipe, services, capabilities, requirements. Immutable; made in `registry`."""

    name: str
    summary: str  # one line for a person
    capabilities: frozenset[Capability]
    requirements: tuple[Requirement, ...]
    embedded_services: str  # what pytest-embedded is told with --embedded-services
    recipe: Recipe
    # swaps the classes that play the device into what pytest-embedded is about to make
    configure_embedded: Callable[[EmbeddedOptions, Firmware], None]
    addr2line: str  # the toolchain's program that turns addresses into functions and lines
    variants: tuple[str, ...] = ()  # names of the variants it can be built in
    place: str = ""  # where it runs, when one name stands for several: "qemu"
    find_tool: Callable[[str], Path | None] = find_program  # where the toolchain's programs are
    # looks at the device before anything is built, at the console's baud rate; raises BenchError
    check: Callable[[int], None] = _nothing_to_check

    def check_variant(self, variant: Variant) -> None:
        """Raises VariantNotSupported, NoAgent."""
        if read_overlays(variant.overlays).get("HIL_AGENT_ENABLED", "y") != "y":
            raise NoAgent(variant.names)
        for name, is_on in (("sanitize", variant.sanitize), ("coverage", variant.coverage)):
            if is_on and name not in self.variants:
                raise VariantNotSupported(self.name, name)

    @property
    def toolchain(self) -> Toolchain:
        """What decodes its crashes."""
        gdb = self.addr2line.removesuffix("addr2line") + "gdb"
        return Toolchain(self.addr2line, gdb, self.name, self.find_tool)

    def label(self, variant: Variant) -> str:
        """The name of target and variant in paths and tables: `host-sanitize`."""
        places = [self.place] if self.place else []
        return "-".join([self.name, *places, *variant.names])


class UnknownTarget(BenchError):
    """No target of that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no target {name!r}.", f"Known ones: {', '.join(known)}.")
        self.name = name
        self.known = tuple(known)


class PortNotTaken(BenchError):
    """A port for a target that is no board."""

    def __init__(self, target: str, port: str) -> None:
        super().__init__(
            f"Target {target} runs on this machine and takes no port, and {port} was given.",
            "Name the board's chip, for example: --target esp32s3",
        )
        self.target = target
        self.port = port


class NoAgent(BenchError):
    """An image that nobody could talk to."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"The build {' '.join(names)} has no agent, and only through it can a node be tested.",
            "Leave out the overlay that sets CONFIG_HIL_AGENT_ENABLED=n.",
        )


class VariantNotSupported(BenchError):
    """--sanitize or --coverage for a target that has no such build."""

    def __init__(self, target: str, variant: str) -> None:
        super().__init__(
            f"Target {target} has no build with --{variant}.", f"Use: --target host --{variant}"
        )
        self.target = target
        self.variant = variant
