"""One module holds what the bench uses of pytest-embedded without being offered it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.embedded_internals import MISSING, NamesGone, check_names
from harness.target import project_root

ROOT = project_root()
THE_MODULE = ROOT / "harness" / "embedded_internals.py"
OFFERED = {"App", "Dut", "DutFactory"}  # what pytest_embedded exports for others


def test_every_name_is_there() -> None:
    check_names()


def test_each_name_states_the_public_way_that_is_missing() -> None:
    assert all(re.fullmatch(r"[^\n]{5,90}", way) for way in MISSING.values())


@pytest.mark.parametrize("name", MISSING)
def test_a_name_that_has_gone_is_told_with_the_version(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    owner, is_set, _ = name.partition("().")

    def constructor(_self: object) -> None:
        """Sets nothing."""

    if is_set:
        monkeypatch.setattr(f"{owner.replace(':', '.')}.__init__", constructor)
    else:
        monkeypatch.delattr(owner.replace(":", "."))
    with pytest.raises(NamesGone) as caught:
        check_names()
    assert name in caught.value.gone
    assert f"pytest-embedded {version('pytest-embedded')} has no " in str(caught.value)
    assert f"no {name}" in str(caught.value)
    assert "pip install 'pytest-embedded~=2.9'" in str(caught.value)


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("del pytest_embedded.dut_factory._listen", "has no pytest_embedded.dut_factory:_listen"),
        (
            "del pytest_embedded.log; sys.modules['pytest_embedded.log'] = None",
            "pytest_embedded.log",
        ),
    ],
)
def test_a_session_is_told_before_anything_is_made(gone: str, said: str) -> None:
    program = (
        f"import sys, pytest_embedded.plugin\n{gone}\nfrom harness.errors import BenchError\n"
        "try:\n    import harness.embedded_internals\n"
        "except BenchError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert f"pytest-embedded {version('pytest-embedded')} " in done.stdout, done.stderr
    assert said in done.stdout and done.stdout.count("\n") == 1


def test_several_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("pytest_embedded.dut_factory._listen")
    monkeypatch.delattr("pytest_embedded.plugin._str_bool")
    with pytest.raises(NamesGone) as caught:
        check_names()
    assert caught.value.gone == (
        "pytest_embedded.dut_factory:_listen",
        "pytest_embedded.plugin:_str_bool",
    )


def test_the_table_has_what_the_module_uses_and_no_more() -> None:
    tree = ast.parse(THE_MODULE.read_text(encoding="utf-8"))
    modules = {"dut_factory", "log", "plugin", "utils"}
    used = {
        f"pytest_embedded.{node.value.id}:{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in modules
    }
    assert used <= MISSING.keys()
    words = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    words |= {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not [name for name in MISSING if re.split(r"[:.]", name)[-1] not in words]


def other_modules() -> Iterator[Path]:
    return (path for path in (ROOT / "harness").rglob("*.py") if path != THE_MODULE)


def private_names(text: str) -> set[str]:
    """What a module imports of pytest-embedded, or reads of its objects, without being offered."""
    found: set[str] = set()
    of_objects = {name.partition("().")[2] for name in MISSING} - {""}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if "pytest_embedded" in alias.name}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pytest_embedded"):
            names = {alias.name for alias in node.names}
            offered = OFFERED if node.module == "pytest_embedded" else names - {"*"}
            is_inside = "." in (node.module or "")
            hidden = {name for name in names if is_inside or name.startswith("_")}
            found |= {f"{node.module}.{name}" for name in hidden | (names - offered)}
        elif isinstance(node, ast.Attribute) and node.attr in of_objects:
            found.add(node.attr)
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from pytest_embedded import Dut", set()),
        ("from pytest_embedded_qemu import Qemu", set()),
        ("from pytest_embedded import dut_factory", {"pytest_embedded.dut_factory"}),
        ("from pytest_embedded.utils import Meta", {"pytest_embedded.utils.Meta"}),
        ("def late():\n    import pytest_embedded.log", {"pytest_embedded.log"}),
        ("from pytest_embedded_qemu import _x", {"pytest_embedded_qemu._x"}),
        ("self._fw.close()", {"_fw"}),
    ],
)
def test_a_private_name_is_seen(text: str, found: set[str]) -> None:
    assert private_names(text) == found


def test_no_other_module_uses_one() -> None:
    using = {
        str(path.relative_to(ROOT)): names
        for path in other_modules()
        # a query vector has the name of the queue of a serial object
        if (names := private_names(path.read_text(encoding="utf-8")) - _OWN.get(path.name, set()))
    }
    assert not using


_OWN = {"stream.py": {"_q"}}
