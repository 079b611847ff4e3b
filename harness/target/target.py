"""What a target is: build, device, capabilities, requirements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NewType

from harness.build.overlay import read_overlays
from harness.build.requirement import Requirement, find_program
from harness.errors import BenchError
from harness.node.panic import Toolchain

if TYPE_CHECKING:
    from harness.build import Firmware, Recipe
    from harness.embedded_internals import EmbeddedOptions


Capability = NewType("Capability", str)

# What a test can need of a target: `@pytest.mark.needs("network")`. "memory" and "nodes" are not
# here: each comes with a number that only the running node, or only the session, can tell.
CAPABILITIES: Mapping[Capability, str] = MappingProxyType(
    {
        Capability("flash"): "a weights partition whose contents survive a reset",
        Capability("full-speed"): "the speed of this machine, not an emulator's",
        Capability("head"): "the temporal head in its image",
        Capability("head-off"): "an image without the temporal head",
        Capability("instruction-counts"): "a counter of retired instructions that repeats exactly",
        Capability("mock-at-boot"): "an image that senses a synthetic room from boot on",
        Capability("network"): "a network over which the node reaches the host",
        Capability("nvs"): "settings in NVS that can be written while the node does not run",
        Capability("power-cut"): "power that the harness can take away at any moment",
        Capability("radio"): "a Wi-Fi radio",
        Capability("stepped-clock"): "time that moves only when it is told to",
        Capability("watchdog"): "a watchdog that resets a node which hangs",
    }
)


@dataclass(frozen=True)
class Variant:
    """A way to build the same sources: with sanitizers, coverage, overlays."""

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
        """The capabilities that depend on the build and not on the target."""
        values = read_overlays(self.overlays)
        head = values.get("CSI_TEMPORAL_HEAD_ENABLED", "y")
        names = {"head" if head == "y" else "head-off"}
        if values.get("MOCK_CSI_AT_BOOT", "n") == "y":
            names.add("mock-at-boot")
        return frozenset(Capability(name) for name in names)

    @property
    def options(self) -> tuple[str, ...]:
        """The command line options that choose this variant."""
        switches = (("--sanitize", self.sanitize), ("--coverage", self.coverage))
        overlays = (word for path in self.overlays for word in ("--overlay", str(path)))
        return (*(name for name, is_on in switches if is_on), *overlays)


@dataclass(frozen=True)
class Target:
    """A target: recipe, services, capabilities, requirements. Immutable; made in `registry`."""

    name: str
    summary: str  # one line for a person
    capabilities: frozenset[Capability]
    requirements: tuple[Requirement, ...]
    embedded_services: str  # what pytest-embedded is told with --embedded-services
    recipe: Recipe
    # puts the classes of the device into what pytest-embedded is about to make
    configure_embedded: Callable[[EmbeddedOptions, Firmware], None]
    addr2line: str  # the toolchain's program that turns addresses into functions and lines
    variants: tuple[str, ...] = ()  # names of the variants it can be built in
    place: str = ""  # where it runs, when one name stands for several: "qemu"
    find_tool: Callable[[str], Path | None] = find_program  # where the toolchain's programs are
    # looks at the device before anything is built, at the console's baud rate; raises BenchError
    check: Callable[[int], None] = lambda _baud: None

    def check_variant(self, variant: Variant) -> None:
        """Raises VariantNotSupported, NoAgent."""
        if read_overlays(variant.overlays).get("HIL_AGENT_ENABLED", "y") != "y":
            raise NoAgent(variant.names)
        for name, is_on in (("sanitize", variant.sanitize), ("coverage", variant.coverage)):
            if is_on and name not in self.variants:
                raise VariantNotSupported(self.name, name)

    @property
    def toolchain(self) -> Toolchain:
        """The programs that decode the target's crashes."""
        gdb = self.addr2line.removesuffix("addr2line") + "gdb"
        return Toolchain(self.addr2line, gdb, self.name, self.find_tool)

    def label(self, variant: Variant) -> str:
        """The name of target and variant in paths and tables: `host-sanitize`."""
        places = [self.place] if self.place else []
        return "-".join([self.name, *places, *variant.names])


class UnknownTarget(BenchError):
    """There is no target of that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no target {name!r}.", f"Known ones: {', '.join(known)}.")
        self.name, self.known = name, tuple(known)


class PortNotTaken(BenchError):
    """A port was given for a target that is not a board."""

    def __init__(self, target: str, port: str) -> None:
        super().__init__(
            f"Target {target} runs on this machine and takes no port, and {port} was given.",
            "Name the board's chip, for example: --target esp32s3",
        )
        self.target, self.port = target, port


class NoAgent(BenchError):
    """The image would have no agent, so the bench could not talk to it."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"The build {' '.join(names)} has no agent, and only through it can a node be tested.",
            "Leave out the overlay that sets CONFIG_HIL_AGENT_ENABLED=n.",
        )


class VariantNotSupported(BenchError):
    """The target cannot be built with --sanitize or --coverage."""

    def __init__(self, target: str, variant: str) -> None:
        super().__init__(
            f"Target {target} has no build with --{variant}.", f"Use: --target host --{variant}"
        )
        self.target, self.variant = target, variant


class UnknownCapability(BenchError):
    """A test needs a capability that does not exist: its name is misspelt."""

    def __init__(self, name: str, test: str) -> None:
        known = ", ".join(sorted([*CAPABILITIES, "memory", "nodes"]))
        super().__init__(f"{test} needs {name!r}, which is no capability.", f"Known: {known}.")
        self.name = name
