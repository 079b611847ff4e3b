"""What a firmware brings to the bench: its sources, and beside the agent calls, structs, state,
options.

The bench knows the agent alone. A plugin or a conftest.py says what its firmware is:

    class Filter(Application[FilterNode]):
        node_type = FilterNode

        def firmware_dir(self, config):
            return Path(__file__).parent / "firmware"

    def pytest_hil_application(config):
        return Filter()
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import pytest

from harness.node.layout import StructLayout
from harness.node.node import Node, agent_layouts
from harness.target import Capability

NodeT = TypeVar("NodeT", bound=Node)


@dataclass(frozen=True)
class OnRequest:
    """A marker whose tests an ordinary run leaves out, and why."""

    marker: str
    why: str


class Application(Generic[NodeT]):
    """A firmware that has nothing but the agent. Others override what they need.

    One object serves a session. has_agent: False for a firmware that is only listened to, with
    pytest-embedded's `dut`. node_type: class of the tests' `node`. sampled: fields of the
    node's status that go into the report after each test. on_request: tests that run only when -m
    names their marker.
    """

    has_agent: bool = True
    node_type: type[NodeT] = cast("type[NodeT]", Node)
    sampled: tuple[str, ...] = ("heap_free", "heap_min_free", "stack_free_main")
    on_request: tuple[OnRequest, ...] = ()

    # ---- the sources ------------------------------------------------------------------------

    def firmware_dir(self, config: pytest.Config) -> Path | None:
        """The folder that is built where --firmware-dir names none: an ESP-IDF project whose
        CMakeLists.txt, in a build without ESP-IDF, defines a library `application`. None: the
        sensing node of the bench's own checkout."""
        return None

    # ---- the command line -------------------------------------------------------------------

    def check_options(self, config: pytest.Config) -> None:
        """Raises BenchError for a value of its own options that cannot be, before anything is
        built."""

    def repeat_words(self, config: pytest.Config) -> list[str]:
        """The words of a command line that give its own options the values of this session."""
        return []

    def takes_as_found(self, config: pytest.Config) -> bool:
        """Whether the session, without being told --as-found, leaves a device as it is."""
        return False

    # ---- the session ------------------------------------------------------------------------

    def layouts(self) -> list[StructLayout]:
        """Every struct that the node has to report, as the schema says it lies in memory."""
        return agent_layouts()

    def begin(self, capabilities: frozenset[Capability]) -> None:
        """Before the first device starts; capabilities: of the target."""

    def attach(self, node: NodeT) -> None:
        """A node's connection is about to be opened."""

    def started(self, node: NodeT) -> None:
        """The node has booted for the first time in this session."""

    def settle(self, node: NodeT) -> None:
        """Between two tests."""

    def records(self, node: NodeT) -> Iterable[tuple[str, dict[str, Any]]]:
        """At the end: kind and fields of what goes into the journal about the node."""
        return ()

    def end(self) -> None:
        """After the last device has ended."""

    # ---- the node's own state ---------------------------------------------------------------

    def traces(self, node: NodeT) -> list[str]:
        """What an earlier use has left in the node, in words; nothing of one in factory state."""
        return []

    def wipe(self, node: NodeT) -> None:
        """Brings the node to its factory state; it takes effect with the restart that follows."""

    def take_number(self, node: NodeT, number: int) -> str:
        """The node is to call itself by its number among those of the session. Returns what it
        calls itself."""
        return str(number)


_APPLICATION = pytest.StashKey[Application[Any]]()


def application_of(config: pytest.Config) -> Application[Any]:
    """The session's application: what a plugin says it is, else a firmware with the agent alone."""
    if _APPLICATION not in config.stash:
        found = config.hook.pytest_hil_application(config=config)
        config.stash[_APPLICATION] = found if found is not None else Application()
    return config.stash[_APPLICATION]
