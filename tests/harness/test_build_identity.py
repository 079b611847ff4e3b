"""The identity that the build writes into a linked file, on a small project."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from harness.build import BuildRequest, CMakeRecipe
from harness.build.requirement import find_program
from harness.target import project_root

pytestmark = pytest.mark.skipif(
    not all(find_program(name) for name in ("cmake", "ninja", "gcc", "env")),
    reason="needs cmake, ninja, gcc and env",
)

CMAKELISTS = """
cmake_minimum_required(VERSION 3.20)
project(node LANGUAGES C)
include(cmake/identity.cmake)
set(HIL_VERSION 1)
foreach(option NODE_SANITIZE NODE_COVERAGE HIL_AGENT_ENABLED)
  set(${option} OFF)
endforeach()
add_executable(linked main.c)
add_identity(linked node.elf)
"""
MAIN = """
__attribute__((section(".elf_sha"), used)) const volatile unsigned char elf_sha256[32] = {0};
int main(void) { return elf_sha256[0] == elf_sha256[31]; }
"""


@pytest.mark.parametrize("compiler", ["gcc", "env gcc", "env LANGUAGE=C gcc"])
def test_the_compiler_may_be_named_with_a_launcher_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: str
) -> None:
    """As `ccache gcc`: every step runs it so, the one that makes the section as well."""
    monkeypatch.setenv("CC", compiler)
    ports = tmp_path / "firmware" / "ports"
    shutil.copytree(project_root() / "firmware" / "ports" / "cmake", ports / "cmake")
    (ports / "CMakeLists.txt").write_text(CMAKELISTS)
    (ports / "main.c").write_text(MAIN)
    request = BuildRequest("host", ports.parent, tmp_path / "out")
    firmware = CMakeRecipe("ports", "host").build(request, print)
    told = json.loads((firmware.elf.parent / "build.json").read_text())["elf_sha256"]
    with firmware.elf.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".elf_sha")
        assert section is not None and section.data().hex() == told == firmware.elf_sha256
