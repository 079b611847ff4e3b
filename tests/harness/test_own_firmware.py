"""Somebody's own firmware: which sources are built, where the output goes, what it is told."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.build import BuildRequest, CMakeRecipe
from harness.build.idf import IdfRecipe
from harness.build.idf_environment import IdfEnvironment
from harness.build.requirement import find_program
from harness.errors import BenchError, BuildFailed
from harness.plugin import options
from harness.plugin.application import Application
from harness.plugin.options import find_overlay, find_sources
from harness.target import firmware_dir, project_root

CMAKELISTS = """
add_library(application STATIC main.c)
target_link_libraries(application PRIVATE hil_agent machine)
"""
MAIN = """
#include "firmware_main.h"
#include "hil_agent.h"
#include "main_loop.h"

void firmware_main(const machine_port_t *machine, const nor_flash_t *flash)
{
    (void)flash;
    machine_init(machine);
    hil_agent_start(NULL);
    hil_agent_announce();
    main_loop_run();
}
"""

builds = pytest.mark.skipif(
    not all(find_program(name) for name in ("cmake", "ninja", "gcc")),
    reason="needs cmake, ninja and gcc",
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's firmware, with a space in its path."""
    folder = tmp_path / "my project" / "firmware"
    folder.mkdir(parents=True)
    (folder / "CMakeLists.txt").write_text(CMAKELISTS)
    (folder / "main.c").write_text(MAIN)
    (folder / "version.txt").write_text("7.8.9\n")
    return folder


def configured(root: Path, named: Path | None = None, own: Path | None = None) -> Any:
    """What pytest knows of a session in `root`; the application says that `own` is its firmware."""
    hook = SimpleNamespace(pytest_hil_application=lambda config: Application(own))
    option = SimpleNamespace(firmware_dir=named)
    return SimpleNamespace(option=option, rootpath=root, hook=hook, stash=pytest.Stash())


def test_without_a_word_it_is_this_checkout_s_firmware(tmp_path: Path) -> None:
    found = find_sources(configured(tmp_path))
    assert (found.firmware_dir, found.application_dir) == (firmware_dir(), None)
    assert found.builds == project_root() / "build"


def test_an_application_is_built_beside_its_tests_and_not_in_its_sources(own: Path) -> None:
    root = own.parent
    for config in (configured(root, named=own), configured(root, own=own)):
        found = find_sources(config)
        assert (found.firmware_dir, found.application_dir) == (firmware_dir(), own)
        assert found.builds == root / "build"
        assert found.project == own


def test_the_command_line_outdoes_the_application(tmp_path: Path, own: Path) -> None:
    found = find_sources(configured(tmp_path, named=firmware_dir(), own=own))
    assert (found.firmware_dir, found.application_dir) == (firmware_dir(), None)


def test_what_cannot_be_built_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BenchError, match=r"^--firmware-dir .*/none is not a folder\.$"):
        find_sources(configured(tmp_path, named=tmp_path / "none"))
    with pytest.raises(BenchError, match=r"^The application's firmware .* holds no CMakeLists"):
        find_sources(configured(tmp_path, own=tmp_path))
    monkeypatch.setattr(options, "checkout", lambda: None)
    with pytest.raises(BenchError, match="Name its folder with --firmware-dir"):
        find_sources(configured(tmp_path))


def test_overlays_are_the_application_s_own(own: Path) -> None:
    (own / "sdkconfig.quick").write_text("CONFIG_MY_OPTION=y\n")
    assert find_overlay("quick", own) == own / "sdkconfig.quick"
    request = BuildRequest("host", firmware_dir(), own.parent / "b", application_dir=own)
    (own / "sdkconfig.h.in").write_text("#cmakedefine01 CONFIG_MY_OPTION\n")
    with_it = request.__class__(**{**vars(request), "overlays": (own / "sdkconfig.quick",)})
    assert "-DMY_OPTION=ON" in CMakeRecipe("ports", "host")._definitions(with_it)


@builds
def test_it_is_built_on_agent_and_machine(own: Path) -> None:
    build_dir = own.parent / "out"
    before = sorted(own.iterdir())
    request = BuildRequest("host", firmware_dir(), build_dir, application_dir=own)
    firmware = CMakeRecipe("ports", "host").build(request)
    image = firmware.elf.read_bytes()
    assert b"7.8.9" in image
    assert b"firmware/main.c" in image and str(own).encode() not in image
    assert sorted(own.iterdir()) == before
    assert not CMakeRecipe("ports", "host").build(request).was_built
    (own / "main.c").write_text(MAIN + "\n")
    assert CMakeRecipe("ports", "host").build(request).was_built


@builds
@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("CMakeLists.txt", "add_library(mine STATIC main.c)\n", "defines no library called"),
        ("main.c", "int broken(void) { return x; }\n", "undeclared (first use in this function)"),
        ("main.c", "int nothing;\n", "undefined reference to `firmware_main'"),
    ],
)
def test_what_is_wrong_with_it_is_said_in_the_tool_s_words(
    own: Path, name: str, text: str, said: str
) -> None:
    (own / name).write_text(text)
    request = BuildRequest("host", firmware_dir(), own.parent / "out", application_dir=own)
    with pytest.raises(BuildFailed) as caught:
        CMakeRecipe("ports", "host").build(request)
    assert said in str(caught.value)


def idf_command(own: Path | None, **variables: str) -> list[str]:
    """The command line of idf.py, as words."""
    environment = IdfEnvironment(Path("/idf"), Path("/python"), variables)
    request = BuildRequest("linux", firmware_dir(), Path("/out"), application_dir=own)
    return IdfRecipe("linux")._command(request, environment)


def test_idf_py_builds_the_user_s_project_with_the_bench_s_components(own: Path) -> None:
    def value(name: str) -> str:
        return next(w.partition("=")[2] for w in idf_command(own) if w.startswith(f"-D{name}="))

    words = idf_command(own)
    agent = (firmware_dir() / "sdkconfig.agent").as_posix()
    assert words[words.index("-C") + 1] == str(own) and words[words.index("-B") + 1] == "/out"
    assert value("EXTRA_COMPONENT_DIRS") == (firmware_dir() / "components").as_posix()
    assert value("SDKCONFIG") == "/out/sdkconfig"
    assert value("SDKCONFIG_DEFAULTS") == agent
    (own / "sdkconfig.defaults").touch()
    assert value("SDKCONFIG_DEFAULTS") == f"sdkconfig.defaults;{agent}"


@pytest.mark.parametrize("folder", ["main", "components/mine"])
def test_a_manifest_that_names_the_components_finds_them_itself(own: Path, folder: str) -> None:
    def is_told(**variables: str) -> bool:
        words = idf_command(own, **variables)
        return any(word.startswith("-DEXTRA_COMPONENT_DIRS") for word in words)

    (own / folder).mkdir(parents=True)
    manifest = own / folder / "idf_component.yml"
    manifest.write_text('dependencies:\n  mdns: "^1.2"\n')
    assert is_told()
    manifest.write_text('dependencies:\n  hil_agent: {path: "${HIL_COMPONENTS}/hil_agent"}\n')
    assert not is_told() and not is_told(IDF_COMPONENT_MANAGER="1")
    assert is_told(IDF_COMPONENT_MANAGER="0")  # nobody reads the file then


def test_the_node_s_own_project_is_configured_as_ever() -> None:
    words = idf_command(None)
    assert words[words.index("-C") + 1] == str(firmware_dir())
    assert "-DSDKCONFIG_DEFAULTS=sdkconfig.defaults;sdkconfig.hil" in words
    assert not [word for word in words if word.startswith("-DEXTRA_COMPONENT_DIRS")]


def test_a_change_in_either_folder_is_a_change(own: Path) -> None:
    environment = IdfEnvironment(Path("/idf"), Path("/python"), {})
    request = BuildRequest("linux", firmware_dir(), own.parent / "b", application_dir=own)

    def digests() -> tuple[str, str]:
        told = IdfRecipe("linux")._inputs(request, environment)
        return told["sources"], told["configuration"]

    before = digests()
    (own / "main.c").write_text(MAIN + "// more\n")
    changed = digests()
    assert before[0] != changed[0] and before[1] == changed[1]
    (own / "sdkconfig.defaults").write_text("CONFIG_X=y\n")
    assert digests()[1] != changed[1]
