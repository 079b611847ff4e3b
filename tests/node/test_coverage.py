"""The kept inputs reach every branch of what reads blobs and the agent's lines."""

from __future__ import annotations

import sys

import pytest

from harness.build.requirement import find_program
from harness.sensing.fuzz.coverage import SOURCES, Branches, branches

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="C of this machine is built on Linux"),
    pytest.mark.skipif(find_program("gcov") is None, reason="gcov was not found: install gcc"),
]

WHOLE = ("blob.c", "crc32_ieee.c", "line_codec.c", "base85.c")


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Branches]:
    return {each.source: each for each in branches(tmp_path_factory.mktemp("inputs"))}


@pytest.mark.parametrize("name", WHOLE)
def test_every_branch_of_a_reader_is_reached(counted: dict[str, Branches], name: str) -> None:
    found = counted[name]
    assert found.all > 0
    assert found.missed == (), f"{name}: branches in lines {found.missed} are never taken"


@pytest.mark.parametrize("name", sorted(set(SOURCES) - set(WHOLE)))
def test_few_branches_of_the_others_are_missed(counted: dict[str, Branches], name: str) -> None:
    found = counted[name]
    assert found.all > 0
    assert found.reached / found.all >= 0.88, f"{name}: {found.missed}"
