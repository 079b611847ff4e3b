"""Each of examples/ is a project of its own: it passes from its folder, and finds what is wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.build.requirement import find_program
from harness.target import project_root
from harness.target.registry import find_target

EXAMPLES = project_root() / "examples"
NAMES = sorted(path.name for path in EXAMPLES.iterdir() if (path / "conftest.py").is_file())
PATIENCE_S = 300


def run(example: Path, folder: Path, target: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The example's tests, from its folder; what they make goes into another."""
    places = [f"--build-dir={folder / 'build'}", f"--report-dir={folder / 'report'}"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--target", target]
        + [*places, *words],
        cwd=example,
        env={**os.environ, "PYTHONPATH": str(project_root())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def needs(target: str) -> None:
    missing = [need.name for need in find_target(target, "").requirements if need.find() is None]
    if missing or find_program("cmake") is None:
        pytest.skip(f"{target} needs {', '.join(missing) or 'cmake'}")


def test_there_are_five() -> None:
    assert NAMES == ["fir", "legacy", "packet", "sensor", "soak"]


@pytest.mark.parametrize("name", NAMES)
def test_it_passes_on_host(tmp_path: Path, name: str) -> None:
    needs("host")
    before = set((EXAMPLES / name).rglob("*"))
    done = run(EXAMPLES / name, tmp_path, "host")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS  Every test that ran on host passed." in done.stdout
    made = set((EXAMPLES / name).rglob("*")) - before
    of_tools = {"__pycache__", ".hypothesis"}
    assert not {path for path in made if not of_tools & set(path.parts)}
    junit = ElementTree.parse(tmp_path / "report" / "junit.xml").getroot()
    assert junit.findall(".//testcase") and not junit.findall(".//failure")


@pytest.mark.parametrize(
    "name",
    [n if n in ("fir", "legacy") else pytest.param(n, marks=pytest.mark.slow) for n in NAMES],
)
def test_it_passes_on_qemu(tmp_path: Path, name: str) -> None:
    needs("qemu")
    done = run(EXAMPLES / name, tmp_path, "qemu")
    assert done.returncode == 0, done.stdout + done.stderr


# example, file, what is there, what is written instead, what the session has to say
WRONG = {
    "a sign in the filter": (
        *("fir", "firmware/main/fir.c", "y[i] = sum;", "y[i] = -sum;"),
        "fir: 100 of 100 elements are beyond the error budget",
    ),
    "no saturation": (
        *("fir", "firmware/main/fir.c", "sum > INT16_MAX ?", "sum > 4 * INT16_MAX ?"),
        "elements are beyond the error budget",
    ),
    "a sum that is not looked at": (
        *("sensor", "firmware/main/tfmini.c", "return sum == ", "return sum >= 0 || sum == "),
        "test_a_wrong_sum_is_not_told",
    ),
    "a field that has another size": (
        *("packet", "firmware/main/door_struct_list.h"),
        *("WIRE_FIELD(uint8_t, is_open)", "WIRE_FIELD(uint16_t, is_open)"),
        "door_state.is_open: schema offset 14 size 1, node offset 14 size 2",
    ),
    "a pool that leaks": (
        *(
            "soak",
            "firmware/main/main.c",
            "in_use -= taken;",
            "in_use -= rounds % 9000u ? taken : 0;",
        ),
        "blocks more every hour",
    ),
    "a line that is not said": (
        *("legacy", "firmware/main/main.c", 'MACHINE_LOGI(TAG, "ready")', "(void)0"),
        "test_it_boots",
    ),
}


@pytest.mark.parametrize(
    "name",
    [
        n if WRONG[n][0] in ("fir", "packet") else pytest.param(n, marks=pytest.mark.slow)
        for n in WRONG
    ],
)
def test_what_is_wrong_is_found(tmp_path: Path, name: str) -> None:
    needs("host")
    example, file, there, instead, said = WRONG[name]
    copy = shutil.copytree(EXAMPLES / example, tmp_path / example)
    text = (copy / file).read_text()
    assert text.count(there) == 1, f"{example}/{file} has changed"
    (copy / file).write_text(text.replace(there, instead))
    done = run(copy, tmp_path, "host")
    assert done.returncode == 1, done.stdout + done.stderr
    assert said in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_passes_on_linux(tmp_path: Path, name: str) -> None:
    """ESP-IDF's host target, where ESP-IDF is."""
    needs("linux")
    done = run(EXAMPLES / name, tmp_path, "linux")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_firmware_without_an_agent_has_no_node_to_ask(tmp_path: Path) -> None:
    needs("host")
    copy = shutil.copytree(EXAMPLES / "legacy", tmp_path / "legacy")
    (copy / "test_console.py").write_text("def test_it(node):\n    node.status()\n")
    done = run(copy, tmp_path, "host")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "This firmware has no agent, so there is no `node` to ask." in done.stdout
