"""The description of one target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.build.requirement import Requirement
from harness.errors import BenchError
from harness.target.capability import Capability

if TYPE_CHECKING:
    from pytest_embedded.utils import ClassCliOptions

    from harness.build import Firmware, Recipe


@dataclass(frozen=True)
class Variant:
    """How the same sources are built differently."""

    sanitize: bool = False  # AddressSanitizer and UndefinedBehaviorSanitizer
    coverage: bool = False  # line coverage with gcov

    @property
    def names(self) -> tuple[str, ...]:
        chosen = (("sanitize", self.sanitize), ("coverage", self.coverage))
        return tuple(name for name, is_on in chosen if is_on)

    @property
    def options(self) -> tuple[str, ...]:
        """The command line options that choose it."""
        return tuple(f"--{name}" for name in self.names)


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
    equip: Callable[[ClassCliOptions, Firmware], None]
    addr2line: str  # the toolchain's program that turns addresses into functions and lines
    variants: tuple[str, ...] = ()  # names of the variants it can be built in

    def check_variant(self, variant: Variant) -> None:
        for name in variant.names:
            if name not in self.variants:
                raise VariantNotSupported(self.name, name)

    def label(self, variant: Variant) -> str:
        """The name of target and variant in paths and tables: `host-sanitize`."""
        return "-".join([self.name, *variant.names])


class UnknownTarget(BenchError):
    """No target of that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no target {name!r}.", f"Known ones: {', '.join(known)}.")
        self.name = name
        self.known = tuple(known)


class TargetNotAvailable(BenchError):
    """A known target that this version of the harness cannot drive."""

    def __init__(self, name: str, why: str, remedy: str) -> None:
        super().__init__(f"Target {name} cannot run: {why}.", remedy)
        self.name = name
        self.why = why


class VariantNotSupported(BenchError):
    """--sanitize or --coverage for a target that has no such build."""

    def __init__(self, target: str, variant: str) -> None:
        super().__init__(
            f"Target {target} has no build with --{variant}.", f"Use: --target host --{variant}"
        )
        self.target = target
        self.variant = variant
