"""The tool as a whole: help, exit statuses, and no traceback for anybody."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from harness.cli import app
from harness.cli.app import run_cli
from harness.cli.run import _joined, option_value
from harness.errors import ToolMissing
from tests.harness.patience import PATIENCE_S
from tests.harness.session_runner import ROOT


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["--help"]) == 0
    out = capsys.readouterr().out
    for command in ("run", "test", "doctor", "blob", "decode", "bench", "fixtures", "report"):
        assert f"  {command} " in out


@pytest.mark.parametrize("command", ["run", "test", "doctor", "blob", "decode", "bench"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli([command, "--help"]) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["frob"], ["blob", "frob"], ["doctor", "--frob"]])
def test_a_wrong_command_line_could_not_run(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(arguments) == 2
    assert "Error: No such" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ToolMissing("qemu", "to run", "Type: x"), "qemu is needed to run and was not found."),
        (PermissionError(13, "Permission denied", "f"), "f: Permission denied"),
        (RuntimeError("boom"), "error in the tool itself: RuntimeError: boom"),
    ],
)
def test_every_error_is_a_sentence(
    error: BaseException,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @click.command()
    def fails() -> None:
        raise error

    monkeypatch.setattr(app._LazyGroup, "get_command", lambda *_: fails)
    assert run_cli(["fails"]) == 2
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said


def test_ctrl_c_has_a_status_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def is_stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app._LazyGroup, "get_command", lambda *_: is_stopped)
    assert run_cli(["is_stopped"]) == 130
    assert capsys.readouterr().err.strip() == "hil: stopped"


def test_doctor_tells_of_every_target(capsys: pytest.CaptureFixture[str]) -> None:
    status = run_cli(["doctor", "--json"])
    diagnosis = json.loads(capsys.readouterr().out)
    targets = {target["name"]: target for target in diagnosis["targets"]}
    assert {"qemu", "host", "linux", "esp32s3"} <= targets.keys()
    assert status == (0 if targets["qemu"]["can_run"] and targets["host"]["can_run"] else 1)
    for target in targets.values():
        assert target["can_run"] or target["remedy"]


def test_doctor_names_the_one_command_that_supplies_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", "doctor"],
        cwd=ROOT,
        env={"PATH": "/nonexistent", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 1
    packages = "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc"
    assert f"Type: sudo apt-get install {packages}" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["--target", "host"], "host"),
        (["--target=qemu"], "qemu"),
        (["--target", "a", "--target=b"], "b"),
        (["-k", "x"], None),
        (["--target"], None),
    ],
)
def test_the_target_of_a_command_line(words: list[str], value: str | None) -> None:
    assert option_value(tuple(words), "--target") == value


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("nothing", "There is no target 'nothing'."),
        ("linux", "ESP-IDF"),
        ("esp32s3", "ESP-IDF"),
    ],
)
def test_run_refuses_what_cannot_run(
    target: str,
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("IDF_PATH", raising=False)
    assert run_cli(["run", "--target", target]) == 2
    assert sentence in capsys.readouterr().err


def test_a_report_folder_that_exists_is_not_taken_for_the_tests() -> None:
    """pytest looks for its configuration beside any folder on its command line."""
    words = ["--report-dir", "/tmp", "--target", "host", "--firmware-dir", "x", "hil_tests"]
    joined = ["--report-dir=/tmp", "--target", "host", "--firmware-dir=x", "hil_tests"]
    assert _joined(words) == joined
    assert _joined(["--report-dir"]) == ["--report-dir"]


@pytest.mark.parametrize("words", [["decode", "--json"], ["decode"]])
def test_a_reader_that_has_read_enough_is_no_error(words: list[str]) -> None:
    """As with `| head -1`: the pipe closes while more is to be written than it holds."""
    command = [sys.executable, "-m", "harness.cli", *words, "fixtures/static_person.pcap"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
    assert process.returncode == 0
    assert "Traceback" not in said and "fault" not in said
