"""What a test can need of a target, by name: `@pytest.mark.needs("network")`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NewType

from harness.errors import BenchError

Capability = NewType("Capability", str)

# Name -> what a target that has it offers. "memory" and "nodes" are not here: each comes with a
# number that only the running node, or only the session, can tell.
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


class UnknownCapability(BenchError):
    """A test needs something no target could ever have: a misspelt name."""

    def __init__(self, name: str, test: str) -> None:
        known = ", ".join(sorted([*CAPABILITIES, "memory", "nodes"]))
        super().__init__(f"{test} needs {name!r}, which is no capability.", f"Known: {known}.")
        self.name = name
