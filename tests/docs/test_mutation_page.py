"""docs/mutation.md: its command is one of tox.ini's, and its table is of what is mutated."""

from __future__ import annotations

import configparser
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "mutation.md").read_text(encoding="utf-8")
NUMBERS = r" \| (\d+)" * 4 + r" \|$"
ROWS = re.compile(r"^\| `(harness/[\w./]+)`" + NUMBERS, re.MULTILINE)
TOTAL = re.compile(r"^\| together" + NUMBERS, re.MULTILINE)


@pytest.fixture(scope="module")
def mutmut() -> dict[str, Any]:
    """The configuration in pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: dict[str, Any] = tomllib.load(file)["tool"]["mutmut"]
    return found


def test_the_page_s_command_is_an_environment_of_tox() -> None:
    (name,) = set(re.findall(r"^tox -e (\w+)", PAGE, re.MULTILINE))
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    assert "mutmut run" in tox[f"testenv:{name}"]["commands"]
    assert "docs/mutation.md" in tox[f"testenv:{name}"]["description"]


def test_everything_that_the_configuration_names_is_there(mutmut: dict[str, Any]) -> None:
    tests = mutmut["pytest_add_cli_args_test_selection"]
    for pattern in (*mutmut["only_mutate"], *tests, *mutmut["also_copy"], *mutmut["source_paths"]):
        assert list(ROOT.glob(pattern)), f"pyproject.toml names {pattern}, which is not there"
    assert tests == sorted(set(tests))


def test_the_table_is_of_what_is_mutated_and_adds_up(mutmut: dict[str, Any]) -> None:
    rows = {name: tuple(map(int, counts)) for name, *counts in ROWS.findall(PAGE)}
    assert sorted(rows) == sorted(mutmut["only_mutate"])
    for mutants, tried, killed, explained in rows.values():
        assert mutants >= tried == killed + explained
    (total,) = TOTAL.findall(PAGE)
    assert tuple(map(int, total)) == tuple(map(sum, zip(*rows.values(), strict=True)))
