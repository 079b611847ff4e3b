"""The wheel, in an environment that has nothing else of this project: a new project passes there.

The packages that it depends on are those of the environment that runs this test.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.target import find_target
from tests.harness.patience import PATIENCE_S
from tests.harness.session_runner import ROOT

pytestmark = pytest.mark.slow
PACKAGES = ("harness", "kernels_ref", "training", "firmware")
FILES = ("pyproject.toml", "setup.py", "MANIFEST.in")


def missing(target: str) -> str:
    """What this machine lacks for the target; empty when it can run."""
    return ", ".join(need.name for need in find_target(target).requirements if not need.find())


@dataclass(frozen=True)
class Environment:
    """A Python environment with the wheel in it."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def run(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """`python -m` in it; the build tools of this environment are found behind its own."""
        path = os.pathsep.join(
            [str(self.folder / "bin"), sysconfig.get_path("scripts"), os.environ.get("PATH", "")]
        )
        hidden = ("PYTHONPATH", "IDF_PATH", "PYTEST_ADDOPTS")
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        return subprocess.run(
            [str(self.python), "-m", *words],
            cwd=cwd,
            env={**kept, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def pytest(self, target: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return self.run("pytest", "-p", "no:cacheprovider", "--target", target, cwd=cwd)


def pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of a copy, which setuptools leaves its own files in."""
    copy, out = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "build")
        folder_ignores = ignored if name == "firmware" else shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=folder_ignores)
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), str(copy))
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("environment")
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True)
    made = Environment(folder)
    pip("--python", str(made.python), "install", "--no-deps", "--no-index", str(wheel))
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return made


@pytest.fixture
def demo(environment: Environment, tmp_path: Path) -> Iterator[Path]:
    """A new project; nothing in its sources has changed at the end."""
    done = environment.run("harness.cli", "new", "demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    firmware = tmp_path / "demo" / "firmware"
    before = sorted(firmware.rglob("*"))
    yield tmp_path / "demo"
    assert sorted(firmware.rglob("*")) == before


def test_it_has_what_every_firmware_is_built_on_and_nothing_of_the_node(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for name in (
        "components/hil_agent/src/agent.c",
        "components/machine/include/firmware_main.h",
        "components/port_idf/Kconfig.projbuild",
        "ports/CMakeLists.txt",
        "ports/qemu/link.ld",
        "ports/image_identity.h.in",
        "sdkconfig.agent",
    ):
        assert f"harness/firmware/{name}" in names
    assert "harness/cli/template/firmware/main/main.c.in" in names
    c_of_node = ("/components/node", "/edge/", "ruv_temporal", "ports/node/", "/main/app_main")
    firmware = [name for name in names if name.startswith("harness/firmware/")]
    assert not [name for name in firmware if any(part in name for part in c_of_node)]


def test_it_runs_without_this_checkout(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "where.py").write_text(
        "import json, harness, harness.target as t\n"
        "print(json.dumps([harness.__file__, str(t.firmware_dir()), t.checkout() is None]))\n"
    )
    done = environment.run("where", cwd=tmp_path)
    package, firmware, is_alone = json.loads(done.stdout)
    inside = str(environment.folder)
    assert package.startswith(inside) and firmware.startswith(inside) and is_alone
    done = environment.run("harness.cli", "--help", cwd=tmp_path)
    assert done.returncode == 0 and "  new " in done.stdout, done.stderr


@pytest.mark.parametrize("target", ["host", "qemu"])
def test_a_new_project_passes(environment: Environment, demo: Path, target: str) -> None:
    if lacking := missing(target):
        pytest.skip(f"needs {lacking}")
    installed = sorted((environment.folder).rglob("harness/firmware/**/*"))
    done = environment.pytest(target, demo)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"PASS  Every test that ran on {target} passed." in done.stdout
    assert (demo / "build" / target / "node.elf").is_file()
    assert sorted((environment.folder).rglob("harness/firmware/**/*")) == installed


@pytest.mark.parametrize(
    ("old", "new", "status", "said"),
    [
        ("here + before", "here - before", 1, "FAIL  1 test failed on host"),
        ("here + before", "here + befor", 2, "BENCH  The firmware for host did not build"),
    ],
)
def test_a_wrong_firmware_is_told_from_one_that_cannot_be_built(
    environment: Environment, demo: Path, old: str, new: str, status: int, said: str
) -> None:
    if lacking := missing("host"):
        pytest.skip(f"needs {lacking}")
    source = demo / "firmware" / "main" / "smooth.c"
    assert source.read_text().count(old) == 1
    source.write_text(source.read_text().replace(old, new))
    done = environment.pytest("host", demo)
    assert done.returncode == status, done.stdout
    assert said in done.stdout


def test_without_a_firmware_it_says_where_to_name_one(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(node):\n    pass\n")
    done = environment.pytest("host", tmp_path)
    assert done.returncode == 2
    assert "BENCH  No firmware is named." in done.stdout + done.stderr


def test_somebody_else_s_unit_tests_are_left_alone(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "test_theirs.py").write_text("def test_it():\n    assert 2 == 3\n")
    done = environment.run("pytest", "-p", "no:cacheprovider", cwd=tmp_path)
    assert done.returncode == 1 and "1 failed" in done.stdout
    assert "FAIL  " not in done.stdout and not (tmp_path / "reports").exists()
