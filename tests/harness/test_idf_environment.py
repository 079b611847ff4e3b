"""ESP-IDF found by IDF_PATH alone, in a scripted installation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.build.idf_environment import idf_advice, idf_environment, idf_path
from harness.errors import ToolMissing
from harness.target import require
from harness.target.esp_idf import LINUX, find_idf_program

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the scripted programs are scripts")

_VERSION = "set(IDF_VERSION_MAJOR 5)\nset(IDF_VERSION_MINOR 4)\nset(IDF_VERSION_PATCH 2)\n"
_TOOLS_PY = """
import os, sys
assert sys.argv[1:] == ["export", "--format", "key-value"], sys.argv
if os.environ["TOOLS"] == "missing":
    sys.exit("ERROR: tool xtensa-esp-elf has no installed versions.")
print("PATH=" + os.environ["TOOLS"] + ":$PATH")
print("ESP_IDF_VERSION=5.4")
if os.environ.get("ENVIRONMENT"):
    print("IDF_PYTHON_ENV_PATH=" + os.environ["ENVIRONMENT"])
"""


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def make_environment(folder: Path, *, has_packages: bool = True) -> Path:
    """A Python environment, its interpreter saying whether ESP-IDF's packages are there."""
    return script(folder / "bin" / "python", f"exit {0 if has_packages else 1}")


@pytest.fixture
def idf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ESP-IDF 5.4 without tools; no Python of this machine has its packages."""
    root = tmp_path / "esp-idf"
    (root / "tools" / "cmake").mkdir(parents=True)
    (root / "tools" / "cmake" / "version.cmake").write_text(_VERSION)
    (root / "tools" / "idf.py").touch()
    (root / "tools" / "idf_tools.py").write_text(_TOOLS_PY)
    nothing = make_environment(tmp_path / "nothing", has_packages=False)
    for name in ("python", "python3"):
        nothing.with_name(name).write_text(nothing.read_text())
        nothing.with_name(name).chmod(0o755)
    monkeypatch.setenv("PATH", str(nothing.parent))
    monkeypatch.setenv("IDF_PATH", str(root))
    monkeypatch.setenv("IDF_TOOLS_PATH", str(tmp_path / "espressif"))
    monkeypatch.setenv("TOOLS", "missing")
    monkeypatch.delenv("IDF_PYTHON_ENV_PATH", raising=False)
    return root


def test_idf_path_alone_asks_esp_idf_for_the_rest(
    idf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_environment(tmp_path / "espressif" / "python_env" / "idf5.4_py3.13_env")
    compiler = script(tmp_path / "bin" / "xtensa-esp32s3-elf-gcc", "exit 0")
    monkeypatch.setenv("TOOLS", str(compiler.parent))
    monkeypatch.setenv("ENVIRONMENT", str(python.parents[1]))
    found = idf_environment()
    assert found is not None
    assert (found.path, found.python, found.version) == (idf, python, "5.4.2")
    assert found.variables["ESP_IDF_VERSION"] == "5.4"
    assert find_idf_program("xtensa-esp32s3-elf-gcc") == compiler


def test_without_tools_its_python_of_the_same_release_is_found(idf: Path, tmp_path: Path) -> None:
    """What builds for ESP-IDF's host target, which needs none of the tools."""
    environments = tmp_path / "espressif" / "python_env"
    make_environment(environments / "idf6.0_py3.13_env")
    make_environment(environments / "idf5.4_py3.13_env", has_packages=False)
    python = make_environment(environments / "idf5.4_py3.11_env")
    found = idf_environment()
    assert found is not None and found.python == python


def test_an_active_environment_is_taken_as_it_is(
    idf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_environment(tmp_path / "elsewhere")
    monkeypatch.setenv("IDF_PYTHON_ENV_PATH", str(tmp_path / "elsewhere"))
    found = idf_environment()
    assert found is not None and found.python == python


@pytest.mark.parametrize(
    ("release", "will_do"), [("5.4.2", True), ("5.5.3", True), ("4.4.7", False), ("6.0.0", False)]
)
def test_the_release_is_checked_and_said(idf: Path, release: str, will_do: bool) -> None:
    numbers = zip(("MAJOR", "MINOR", "PATCH"), release.split("."), strict=True)
    text = "".join(f"set(IDF_VERSION_{name} {number})\n" for name, number in numbers)
    (idf / "tools" / "cmake" / "version.cmake").write_text(text)
    assert idf_path() == (idf if will_do else None)
    if not will_do:
        with pytest.raises(ToolMissing, match="ESP-IDF is needed for target linux") as caught:
            require(LINUX.requirements, "for target linux")
        assert caught.value.remedy == (
            f"IDF_PATH is {idf}, which holds ESP-IDF v{release}: "
            "set it to the folder of an ESP-IDF v5.4 or v5.5."
        )


def test_what_idf_path_says_is_quoted_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDF_PATH", str(tmp_path))
    assert idf_path() is None
    assert idf_advice().startswith(f"IDF_PATH is {tmp_path}, which holds no ESP-IDF")
    monkeypatch.setenv("IDF_PATH", "~/esp/esp-idf")
    assert idf_advice().startswith("IDF_PATH is ~/esp/esp-idf, which is no folder")
    monkeypatch.delenv("IDF_PATH")
    assert idf_advice() == "Install an ESP-IDF v5.4 or v5.5 and set IDF_PATH to its folder."


def test_an_esp_idf_that_was_not_installed_says_so_in_one_sentence(
    idf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = Path(os.environ["PATH"]) / "python"
    monkeypatch.setattr(sys, "executable", str(nothing))
    assert idf_environment() is None
    with pytest.raises(ToolMissing) as caught:
        require(LINUX.requirements, "for target linux")
    assert str(caught.value) == (
        "ESP-IDF's Python environment is needed for target linux and was not found."
        " In ESP-IDF's folder type: ./install.sh (Windows: install.bat)"
    )
