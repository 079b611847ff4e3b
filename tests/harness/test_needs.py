"""What a test needs of its target, told from its markers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.plugin.hil_session import HIL_SESSION
from harness.plugin.needs import (
    Need,
    NeedWithoutNumber,
    missing_capability,
    missing_memory,
    missing_nodes,
    needs_of,
    pytest_collection_modifyitems,
)
from harness.plugin.options import Choice
from harness.target import Capability, UnknownCapability


class MarkedTest:
    """A test with markers, as pytest hands it on."""

    nodeid = "test_it.py::test_it"

    def __init__(self, *needs: tuple[object, ...]) -> None:
        self._needs = [SimpleNamespace(args=arguments) for arguments in needs]
        self.added: list[Any] = []

    def iter_markers(self, name: str) -> list[SimpleNamespace]:
        return self._needs if name == "needs" else []

    def add_marker(self, marker: object) -> None:
        self.added.append(marker)


def marked(*needs: tuple[object, ...]) -> Any:
    return MarkedTest(*needs)


def choice(*names: str, count: int = 1) -> Choice:
    """A target that has these capabilities."""
    offered = frozenset(map(Capability, names))
    return cast("Choice", SimpleNamespace(capabilities=offered, label="fake", count=count))


def test_the_needs_of_every_marker_in_order() -> None:
    item = marked(("memory", 16, "radio"), ("nodes", 2), ())
    assert list(needs_of(item)) == [Need("memory", 16), Need("radio"), Need("nodes", 2)]
    assert list(needs_of(marked())) == []


@pytest.mark.parametrize("name", ["memory", "nodes"])
@pytest.mark.parametrize(
    ("given", "said"),
    [((), "no number follows"), (("two",), "'two' follows, which is not a number")]
    + [((value,), f"{value!r} follows, which is not a number") for value in (True, 1.5)],
)
def test_a_need_without_its_number_is_refused(
    name: str, given: tuple[object, ...], said: str
) -> None:
    with pytest.raises(NeedWithoutNumber) as refused:
        list(needs_of(marked((name, *given))))
    assert str(refused.value) == (
        f'test_it.py::test_it needs {name!r}, and {said}. Write for example needs("{name}", 2).'
    )
    assert refused.value.name == name


def test_a_misspelt_need_is_refused_with_the_test_s_name() -> None:
    with pytest.raises(UnknownCapability, match=r"test_it\.py::test_it needs 'netwrok'"):
        list(needs_of(marked(("netwrok",))))


def test_what_the_target_does_not_have_is_told_once() -> None:
    item = marked(("memory", 16, "radio", "network"))
    assert missing_capability(item, choice("radio", "network")) == ""
    assert missing_capability(item, choice("network")) == (
        "needs radio: target fake does not have a Wi-Fi radio"
    )
    assert missing_capability(item, choice()).startswith("needs radio: ")
    assert missing_capability(marked(), choice()) == ""


def test_a_misspelt_need_shows_on_a_target_that_lacks_another() -> None:
    with pytest.raises(UnknownCapability):
        missing_capability(marked(("radio", "netwrok")), choice())


def test_too_few_nodes() -> None:
    item = marked(("nodes", 2), ("nodes", 3, "memory", 99))
    assert missing_nodes(item, 3) == ""
    assert missing_nodes(item, 2) == ("needs 3 nodes: the session has 2; --count 3 gives them")
    assert missing_nodes(marked(), 1) == ""


def test_too_little_memory() -> None:
    item = marked(("memory", 100), ("memory", 64, "nodes", 999))
    assert missing_memory(item, 100) == ""
    assert missing_memory(item, 99) == "needs 100 bytes of scratch memory: the node has 99"
    assert missing_memory(marked(), 0) == ""


class ScriptedSession:
    """Has a choice, and remembers what ended the session."""

    def __init__(self, of: Choice) -> None:
        self.choice = of
        self.ended: list[BaseException] = []

    def end(self, error: BaseException) -> None:
        self.ended.append(error)


def collected(hil: ScriptedSession | None, *items: MarkedTest) -> list[list[str]]:
    """The reasons for which each test is skipped."""
    stash = pytest.Stash()
    if hil is not None:
        stash[HIL_SESSION] = cast("Any", hil)
    config = cast("pytest.Config", SimpleNamespace(stash=stash))
    pytest_collection_modifyitems(config, cast("list[pytest.Item]", list(items)))
    return [[marker.kwargs["reason"] for marker in item.added] for item in items]


def test_tests_are_skipped_with_one_reason_each() -> None:
    hil = ScriptedSession(choice("network", count=2))
    assert collected(
        hil, marked(("radio",), ("nodes", 3)), marked(("nodes", 3)), marked(("network",))
    ) == [
        ["needs radio: target fake does not have a Wi-Fi radio"],
        ["needs 3 nodes: the session has 2; --count 3 gives them"],
        [],
    ]
    assert hil.ended == []


def test_a_need_that_says_nothing_ends_the_session() -> None:
    for wrong, kind in ((("nodes",), NeedWithoutNumber), (("netwrok",), UnknownCapability)):
        hil = ScriptedSession(choice())
        assert collected(hil, marked(wrong), marked(("radio",))) == [[], []]
        assert [type(error) for error in hil.ended] == [kind]


def test_in_a_session_without_a_device_nothing_is_skipped() -> None:
    assert collected(None, marked(("radio",), ("netwrok",))) == [[]]
