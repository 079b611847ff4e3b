"""Every command in the documentation is run, and ends as the page lets a reader expect."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from harness.project.selftest import all_stages
from harness.sensing.recordings.manifest import VARIABLE
from tests.docs.board_rows import write_all
from tests.docs.console import (
    IN_EMPTY_FOLDER,
    NEEDS_BOARD,
    NEEDS_DATA,
    NEEDS_ROWS,
    NEEDS_SENDER,
    Block,
    blocks,
)

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = blocks(ROOT)
# Too long to run inside the tests, and not needed: each is one of the things that run these tests.
IS_A_STAGE = "./hil run"
MADE = ROOT / "build" / "model.rvne"  # by a command that does not overwrite
RUNS_THIS = "./hil test"
NOT_RUN = ((IS_A_STAGE, RUNS_THIS), (f"{RUNS_THIS} --train",))
BLOCKS_TO_RUN = [block for block in BLOCKS if block.commands not in NOT_RUN]


def resolved(command: str) -> list[str]:
    """The command with this Python environment's own `hil` and `pytest`."""
    words = shlex.split(command)
    python = {
        "hil": ["-m", "harness.cli"],
        "./hil": ["-m", "harness.cli"],
        "pytest": ["-m", "pytest"],
    }
    assert words[0] in python, f"{command!r}: the pages show commands of hil and pytest only"
    return [sys.executable, *python[words[0]], *words[1:]]


def run(command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run it in the folder, as on a machine without ESP-IDF and recordings."""
    not_there = ("IDF_PATH", VARIABLE)
    environment = {name: value for name, value in os.environ.items() if name not in not_there}
    return subprocess.run(
        resolved(command),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_there_are_commands_to_test() -> None:
    assert sum(len(block.commands) for block in BLOCKS_TO_RUN) >= 8


def marked(block: Block) -> ParameterSet:
    """What measures, or builds another image, takes long."""
    words = {word for command in block.commands for word in command.split()}
    return pytest.param(block, marks=pytest.mark.slow if words & {"bench", "--overlay"} else ())


@pytest.mark.parametrize("block", [marked(block) for block in BLOCKS_TO_RUN], ids=str)
def test_a_page_s_commands_do_what_it_says(block: Block, tmp_path: Path) -> None:
    MADE.unlink(missing_ok=True)
    folder = ROOT
    if block.note == NEEDS_ROWS:
        folder = tmp_path
        write_all(folder)
    elif block.note == IN_EMPTY_FOLDER:
        folder = tmp_path
    for command in block.commands:
        if command.startswith("cd "):
            folder = folder / command.removeprefix("cd ")
            continue
        done = run(command, folder)
        said = f"$ {command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert "Traceback" not in said, said
        if block.note == NEEDS_BOARD:
            assert done.returncode == 2, (
                f"without ESP-IDF this could not run, so not 0 or 1\n{said}"
            )
            assert re.search(r"IDF_PATH|port", said), f"the remedy is missing\n{said}"
        elif block.note == NEEDS_DATA:
            assert done.returncode, f"without recordings this could not run, so not 0\n{said}"
            assert f"set {VARIABLE} to the folder" in said, f"the remedy is missing\n{said}"
        elif block.note == NEEDS_SENDER:
            assert done.returncode == 1, f"nothing was sent, so not 0 or 2\n{said}"
            assert "0 decoded" in said
        else:
            assert done.returncode == 0, said


def test_the_two_commands_of_the_readme_are_what_continuous_integration_runs() -> None:
    first = BLOCKS[0]
    assert first.page == "README.md"
    assert first.commands == (IS_A_STAGE, RUNS_THIS)
    assert 'hil" test' in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    stages = all_stages(ROOT, ROOT / "reports" / "none")
    hil_run = ("python", "-m", "harness.cli", "run")
    assert any(stage.command[:4] == hil_run for stage in stages), "no stage is `hil run`"


@pytest.mark.parametrize("page", sorted({block.page for block in BLOCKS} | {"README.md"}))
def test_links_and_pictures_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (path.parent / link).exists(), f"{page} links to {link}, which is not there"


def test_every_file_and_folder_that_the_architecture_names_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for folder in re.findall(r"^\| `([\w/]+/)`", text, re.MULTILINE):
        assert (ROOT / folder).is_dir(), f"docs/architecture.md names {folder}"
