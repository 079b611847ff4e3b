"""No C file calls in a circle: of two files one is the lower, and can be read without the other.

Read from the object files of the images that the suite uses, so a header that declares what
several files define hides nothing.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from harness.build import BuildRequest
from harness.build.requirement import find_program
from harness.target import Target, firmware_dir, project_root
from harness.target.portable import HOST, QEMU
from tests.node.include_graph import circle


def symbols(compiled: Path) -> tuple[set[str], set[str]]:
    """The global names that an object file defines, and those that it asks others for."""
    with compiled.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection), compiled
        names = {
            s.name: s["st_shndx"]
            for s in table.iter_symbols()
            if s["st_info"]["bind"] != "STB_LOCAL"
        }
    asked = {name for name, section in names.items() if section == "SHN_UNDEF"}
    return names.keys() - asked, asked


def compiled_files(folder: Path) -> list[Path]:
    """What a build is made of; a file that was moved has left another object file behind."""
    rules = (folder / "build.ninja").read_text(encoding="utf-8")
    return [
        folder / name for name in re.findall(r"^build (\S+\.c\.o(?:bj)?): ", rules, re.MULTILINE)
    ]


def calls(files: Iterable[Path]) -> dict[str, set[str]]:
    """Which object file needs a function or a variable of which other."""
    objects = {path: symbols(path) for path in files}
    name = {path: f"{path.parent.name}/{path.name.partition('.')[0]}" for path in objects}
    owner = {symbol: path for path, (defined, _) in objects.items() for symbol in defined}
    found: dict[str, set[str]] = {}
    for path, (_, asked) in objects.items():
        others = {name[owner[symbol]] for symbol in asked if symbol in owner}
        found.setdefault(name[path], set()).update(others - {name[path]})
    return found


@pytest.mark.parametrize("target", [HOST, QEMU], ids=lambda target: target.name)
def test_no_file_calls_in_a_circle(target: Target) -> None:
    if any(need.find() is None for need in target.requirements):
        pytest.skip(f"needs what builds for {target.name}")
    folder = project_root() / "build" / target.name
    target.recipe.build(BuildRequest(target.name, firmware_dir(), folder))
    found = calls(compiled_files(folder))
    assert len(found) > 100
    assert not circle(found)


def test_two_files_that_call_each_other_are_named(tmp_path: Path) -> None:
    compiler = find_program("cc") or find_program("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    for own, other in (("upper", "lower"), ("lower", "upper")):
        source = tmp_path / f"{own}.c"
        source.write_text(
            f"int {other}(void);\nint {own}(void);\nint {own}(void) {{ return {other}(); }}\n"
        )
        subprocess.run([compiler, "-c", source, "-o", tmp_path / f"{own}.c.o"], check=True)
    assert {Path(name).name for name in circle(calls(tmp_path.glob("*.o")))} == {"upper", "lower"}
