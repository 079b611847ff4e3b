"""The bench knows nothing of the sensing node, and no import goes in a circle."""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.target import project_root

ROOT = project_root()
ABOVE_THE_BENCH = ("harness.sensing", "harness.project", "harness.reliability")
NOT_THE_BENCH = (*ABOVE_THE_BENCH, "kernels_ref", "training", "hil_tests", "tests")


def files() -> dict[str, Path]:
    """Module name -> file, of the harness, the oracle and the trainings."""
    found = {}
    for package in ("harness", "kernels_ref", "training"):
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


FILES = files()


def is_below(module: str, packages: tuple[str, ...]) -> bool:
    return any(f"{module}.".startswith(f"{package}.") for package in packages)


def imports(tree: ast.AST, *, at_once: bool) -> Iterator[str]:
    """The modules that are imported; at_once: only when the module itself is."""
    for child in ast.iter_child_nodes(tree):
        if at_once and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            if not at_once:
                yield from imports(child, at_once=False)
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            assert child.level == 0, "relative imports are not used here"
            for alias in child.names:
                module = f"{child.module}.{alias.name}"
                yield module if module in FILES else child.module
        else:
            yield from imports(child, at_once=at_once)


def imported(name: str, *, at_once: bool = False) -> set[str]:
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    return set(imports(tree, at_once=at_once)) - {name}


def strings(name: str) -> set[str]:
    """Every constant text, for modules that are imported by name."""
    tree = ast.parse(FILES[name].read_text(encoding="utf-8"))
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str)}


BENCH = sorted(n for n in FILES if is_below(n, ("harness",)) and not is_below(n, ABOVE_THE_BENCH))


def test_the_bench_is_most_of_what_it_should_be() -> None:
    parts = {name.split(".")[1] for name in BENCH if "." in name}
    assert {"build", "compare", "connection", "device", "node", "plugin", "report"} <= parts
    assert "sensing" not in parts


@pytest.mark.parametrize("name", BENCH)
def test_a_module_of_the_bench_imports_nothing_of_the_node(name: str) -> None:
    crossing = {module for module in imported(name) if is_below(module, NOT_THE_BENCH)}
    assert not crossing, f"{name} imports {sorted(crossing)}"
    dotted = tuple(f"{package}." for package in NOT_THE_BENCH)
    named = {text for text in strings(name) if text.startswith(dotted)}
    assert not named, f"{name} names {sorted(named)}"


def test_the_oracle_knows_nothing_of_the_harness() -> None:
    oracle = [name for name in FILES if is_below(name, ("kernels_ref",))]
    assert not {m for name in oracle for m in imported(name) if is_below(m, ("harness",))}


def test_no_import_goes_in_a_circle() -> None:
    graph = {name: imported(name, at_once=True) & FILES.keys() for name in FILES}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"imports in a circle: {' -> '.join(error.args[1])}")


PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROWS = dict(
    re.findall(r"^\| `(harness/[\w/]+)(?:/|\.py)` \| .* \| ([^|]*) \|$", PAGE, re.MULTILINE)
)
# What is about this project has no row of its own there.
ABOVE = ("harness/project", "harness/reliability")


def room(module: str) -> str:
    """The folder of a module as the page names it; empty for what lies beside the folders. A file
    that lies beside the folders of the sensing node has a row of its own."""
    parts = module.split(".")
    is_sensing = parts[:2] == ["harness", "sensing"]
    path = "/".join(parts[: 3 if is_sensing else 1 + (parts[0] == "harness")])
    has_row = (ROOT / path).is_dir() or is_sensing
    return path if has_row and path != "harness" else ""


ROOMS = sorted({room(name) for name in FILES if is_below(name, ("harness",))} - {"", *ABOVE})


def test_every_folder_has_its_row() -> None:
    assert set(ROOMS) - {"harness/sensing"} == set(ROWS)


@pytest.mark.parametrize("folder", ROWS)
def test_a_folder_depends_on_what_its_row_says(folder: str) -> None:
    """What is one half's own is named by its last word; the bench as a whole by its name."""
    told = {word.strip() for word in ROWS[folder].split(",")}
    used = set()
    for name in FILES:
        if room(name) == folder:
            used |= {m for m in imported(name) if m in FILES and room(m) not in ("", folder)}
    beyond = set()
    for module in used:
        place = room(module)
        is_of_bench = not is_below(module, NOT_THE_BENCH)
        words = {place.rpartition("/")[2]} | ({"the bench"} if is_of_bench else set())
        if not words & told:
            beyond.add(place)
    assert not beyond, f"{folder} uses {sorted(beyond)}, and docs/architecture.md says {told}"
