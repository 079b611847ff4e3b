"""The CMake recipe on a small project: reuse, rebuild, the compiler's own words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.build import BuildRequest, CMakeRecipe, Firmware, ImageUnreadable, read_firmware
from harness.build.requirement import find_program
from harness.errors import BuildFailed

pytestmark = pytest.mark.skipif(
    not all(find_program(name) for name in ("cmake", "ninja", "gcc")),
    reason="needs cmake, ninja and gcc",
)

CMAKELISTS = """
cmake_minimum_required(VERSION 3.20)
project(node LANGUAGES C)
add_executable(node.elf main.c part.c)
if(NODE_SANITIZE)
  target_compile_definitions(node.elf PRIVATE SANITIZED)
endif()
file(WRITE ${CMAKE_BINARY_DIR}/build.json "{\\"elf_sha256\\": \\"%064d\\"}")
""".replace("%064d", "0" * 64)


@pytest.fixture
def request_(tmp_path: Path) -> BuildRequest:
    """A project with a space in its path."""
    source = tmp_path / "some firmware" / "ports"
    source.mkdir(parents=True)
    (source / "CMakeLists.txt").write_text(CMAKELISTS)
    (source / "main.c").write_text("int part(void);\nint main(void) { return part(); }\n")
    (source / "part.c").write_text("int part(void) { return 0; }\n")
    return BuildRequest("host", source.parent, tmp_path / "out dir")


def build(request: BuildRequest) -> tuple[Firmware, list[str]]:
    """The firmware and the progress lines."""
    lines: list[str] = []
    return CMakeRecipe("ports", "host").build(request, lines.append), lines


def test_it_builds_and_tells_what_it_does(request_: BuildRequest) -> None:
    firmware, lines = build(request_)
    assert firmware.was_built and firmware.elf.is_file()
    assert firmware.elf_sha256 == "0" * 64
    assert lines[0] == "configuring"
    assert "main.c" in " ".join(lines)


def test_nothing_is_built_twice(request_: BuildRequest) -> None:
    build(request_)
    firmware, lines = build(request_)
    assert not firmware.was_built
    assert lines == []


def test_a_changed_source_is_built_and_the_rest_is_not(request_: BuildRequest) -> None:
    build(request_)
    (request_.source_dir / "ports" / "part.c").write_text("int part(void) { return 1; }\n")
    firmware, lines = build(request_)
    assert firmware.was_built
    assert "part.c" in " ".join(lines) and "main.c" not in " ".join(lines)


def test_another_variant_is_configured_anew(request_: BuildRequest) -> None:
    build(request_)
    again = BuildRequest("host", request_.source_dir, request_.build_dir, sanitize=True)
    firmware, lines = build(again)
    assert lines[0] == "configuring" and firmware.was_built


def test_a_build_folder_of_other_sources_is_not_reused(
    request_: BuildRequest, tmp_path: Path
) -> None:
    build(request_)
    moved = shutil.copytree(request_.source_dir, tmp_path / "elsewhere")
    firmware, lines = build(BuildRequest("host", Path(moved), request_.build_dir))
    assert lines[0] == "configuring" and firmware.was_built


def test_the_compilers_message_is_shown(request_: BuildRequest) -> None:
    build(request_)
    (request_.source_dir / "ports" / "part.c").write_text("int part(void) { return nil; }\n")
    with pytest.raises(BuildFailed) as caught:
        build(request_)
    assert "part.c:1:25: error: " in caught.value.output
    assert "nil" in caught.value.output
    assert "FAILED" not in caught.value.output and "ninja:" not in caught.value.output


def test_cmakes_message_is_shown(request_: BuildRequest) -> None:
    (request_.source_dir / "ports" / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(node LANGUAGES C)\n"
        'message(FATAL_ERROR "no such port")\n'
    )
    with pytest.raises(BuildFailed, match="no such port"):
        build(request_)


def test_a_build_that_failed_to_configure_configures_again(request_: BuildRequest) -> None:
    lists = request_.source_dir / "ports" / "CMakeLists.txt"
    good = lists.read_text()
    lists.write_text(good + 'message(FATAL_ERROR "half way")\n')
    with pytest.raises(BuildFailed):
        build(request_)
    lists.write_text(good)
    assert build(request_)[0].was_built


@pytest.mark.parametrize(
    ("description", "why"),
    [
        (None, "No such file"),
        ("{", "Expecting"),
        ("{}", "elf_sha256"),
        (json.dumps({"elf_sha256": "00"}), "not 32 bytes"),
        (json.dumps({"elf_sha256": "zz" * 32}), "hex"),
    ],
)
def test_a_build_without_identity_is_refused(
    tmp_path: Path, description: str | None, why: str
) -> None:
    (tmp_path / "node.elf").write_text("")
    if description is not None:
        (tmp_path / "build.json").write_text(description)
    with pytest.raises(ImageUnreadable, match=why):
        read_firmware("host", tmp_path, was_built=True)


def test_a_build_without_an_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "build.json").write_text(json.dumps({"elf_sha256": "00" * 32}))
    with pytest.raises(ImageUnreadable, match=r"node\.elf"):
        read_firmware("host", tmp_path, was_built=True)
