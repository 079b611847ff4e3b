"""What a firmware tells the bench about itself: its sources, its calls, structs, state and options.

The bench itself knows only the agent. A plugin or a conftest.py describes its firmware:

    class Filter(Application[FilterNode]):
        node_type = FilterNode

    def pytest_hil_application(config):
        return Filter(Path(__file__).parent / "firmware")

A firmware that has nothing but the agent needs no class: `Application(folder)` describes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import pytest

from harness.node.layout import StructLayout
from harness.node.node import Node, agent_layouts
from harness.target import Capability

if TYPE_CHECKING:
    from harness.plugin.on_request import OnRequest

NodeT = TypeVar("NodeT", bound=Node)


class Application(Generic[NodeT]):
    """A firmware that has nothing but the agent. Any other overrides what is different in it.

    One object serves a session. firmware: the folder that is built when --firmware-dir names none:
    an ESP-IDF project whose CMakeLists.txt, in a build without ESP-IDF, defines a library
    `application`; None for the sensing node in the checkout of the bench. has_agent: False for a
    firmware that is only listened to, with pytest-embedded's `dut`. node_type: class of the tests'
    `node`. sampled: fields of the node's status that go into the report after each test.
    on_request: tests that run only when -m names their marker.
    """

    firmware: Path | None = None

    has_agent: bool = True
    node_type: type[NodeT] = cast("type[NodeT]", Node)
    sampled: tuple[str, ...] = ("heap_free", "heap_min_free", "stack_free_main")
    on_request: tuple[OnRequest, ...] = ()

    def __init__(self, firmware: Path | None = None) -> None:
        self.firmware = firmware

    # ---- the command line -------------------------------------------------------------------

    def check_options(self, config: pytest.Config) -> None:
        """Called before anything is built. Raises BenchError for an impossible value of an option
        that this firmware's plugin adds."""

    def repeat_words(self, config: pytest.Config) -> list[str]:
        """The words of a command line that set the plugin's own options as in this session."""
        return []

    def takes_as_found(self, config: pytest.Config) -> bool:
        """Whether the session leaves a device as it is, although --as-found is not given."""
        return False

    # ---- the session ------------------------------------------------------------------------

    def layouts(self) -> list[StructLayout]:
        """The layout in memory, by the schema, of every struct that the node has to report."""
        return agent_layouts()

    def begin(self, capabilities: frozenset[Capability]) -> None:
        """Called before the first device starts. capabilities: of the target."""

    def attach(self, node: NodeT) -> None:
        """Called before the connection of a node is opened."""

    def started(self, node: NodeT) -> None:
        """Called when the node has booted for the first time in this session."""

    def settle(self, node: NodeT) -> None:
        """Called between two tests."""

    def records(self, node: NodeT) -> Iterable[tuple[str, dict[str, Any]]]:
        """Called at the end: kind and fields of each record about the node for the journal."""
        return ()

    def end(self) -> None:
        """Called when the last device has ended."""

    # ---- the node's own state ---------------------------------------------------------------

    def traces(self, node: NodeT) -> list[str]:
        """What an earlier use has left in the node, in words; empty for a node in factory state."""
        return []

    def wipe(self, node: NodeT) -> None:
        """Brings the node to its factory state; it takes effect with the restart that follows."""

    def take_number(self, node: NodeT, number: int) -> str:
        """Gives the node its number in the session as its name. Returns the name as it is shown."""
        return str(number)


_APPLICATION = pytest.StashKey[Application[Any]]()


def application_of(config: pytest.Config) -> Application[Any]:
    """The application that a plugin or conftest.py declares, else one that has only the agent."""
    if _APPLICATION not in config.stash:
        found = config.hook.pytest_hil_application(config=config)
        config.stash[_APPLICATION] = found if found is not None else Application()
    return config.stash[_APPLICATION]
