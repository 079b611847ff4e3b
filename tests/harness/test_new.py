"""`hil new`: what it makes, and what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.build.idf_environment import idf_environment
from harness.build.requirement import find_program
from harness.cli.app import run_cli
from harness.cli.new import BadName, FolderThere, make_project, template
from harness.target import find_target
from tests.harness.session_runner import ROOT


def made(folder: Path, name: str = "demo") -> dict[str, str]:
    """Path -> text of every file of a new project."""
    root = folder / make_project(name, folder)
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text() for path in files}


def test_a_project_has_firmware_tests_and_who_joins_them(tmp_path: Path) -> None:
    files = made(tmp_path)
    assert {"conftest.py", "pyproject.toml", ".gitignore", "tests/test_demo.py"} <= files.keys()
    assert {"firmware/CMakeLists.txt", "firmware/main/main.c"} <= files.keys()
    assert not [name for name in files if "NAME" in name or name.endswith(".in")]
    assert not [name for name, text in files.items() if "@NAME@" in text or not text]
    assert "project(demo)" in files["firmware/CMakeLists.txt"]


def test_every_source_is_built_and_every_template_is_a_file(tmp_path: Path) -> None:
    files = made(tmp_path)
    listed = files["firmware/main/CMakeLists.txt"]
    sources = [Path(name).name for name in files if name.endswith(".c")]
    assert len(sources) == 2 and all(source in listed for source in sources)
    assert len(files) == len(list(template()))


def test_python_compiles_and_c_is_formatted_as_ours(tmp_path: Path) -> None:
    files = made(tmp_path)
    for name, text in files.items():
        if name.endswith(".py"):
            compile(text, name, "exec")
    formatter = find_program("clang-format")
    if formatter is None:
        pytest.skip("needs clang-format")
    style = f"--style=file:{ROOT / '.clang-format'}"
    sources = sorted(str(path) for path in (tmp_path / "demo").rglob("*.[ch]"))
    command = [str(formatter), style, "--dry-run", "--Werror", *sources]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def needs_component_manager() -> None:
    missing = [need.name for need in find_target("linux").requirements if need.find() is None]
    environment = idf_environment()
    if missing or environment is None:
        pytest.skip(f"linux needs {', '.join(missing)}")
    command = [str(environment.python), "-c", "import idf_component_manager"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs idf-component-manager in ESP-IDF's Python environment")


@pytest.mark.slow
def test_esp_idf_finds_agent_and_machine_by_the_manifest_alone(tmp_path: Path) -> None:
    needs_component_manager()
    sources = made(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--target", "linux"],
        cwd=tmp_path / "demo",
        env={**os.environ, "PYTHONPATH": str(ROOT), "IDF_COMPONENT_MANAGER": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    build = tmp_path / "demo" / "build" / "linux"
    assert "EXTRA_COMPONENT_DIRS" not in (build / "CMakeCache.txt").read_text()
    found = (build / "dependencies.lock").read_text()
    assert f"path: {ROOT / 'firmware' / 'components' / 'hil_agent'}\n" in found
    firmware = tmp_path / "demo" / "firmware"
    left = {path.relative_to(firmware.parent).as_posix() for path in firmware.rglob("*.*")}
    assert {name for name in left if (tmp_path / "demo" / name).is_file()} <= sources.keys()


@pytest.mark.parametrize(
    "name", ["", "Demo", "1st", "a-b", "a b", "../out", "/abs", "é", "a" * 33, "a.b", "-x", "a\n"]
)
def test_a_name_that_is_none_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadName, match="A project cannot be called") as caught:
        make_project(name, tmp_path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_nothing_that_is_there_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    for name in ("demo", "gone"):
        with pytest.raises(FolderThere, match=f"{name} exists already"):
            make_project(name, tmp_path)
    assert not list((tmp_path / "demo").iterdir()) and not (tmp_path / "nowhere").exists()
    monkeypatch.chdir(tmp_path)
    assert run_cli(["new", "demo"]) == 2
    assert capsys.readouterr().err.startswith("hil: ")
    assert run_cli(["new", "other"]) == 0
    assert "cd other && pytest --target host" in capsys.readouterr().out


def test_the_components_are_where_the_command_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["components"]) == 0
    folder = Path(capsys.readouterr().out.strip())
    assert folder == ROOT / "firmware" / "components"
    assert (folder / "hil_agent" / "idf_component.yml").is_file()
