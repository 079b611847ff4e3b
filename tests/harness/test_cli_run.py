"""`hil run`: on how many nodes at once."""

from __future__ import annotations

import os

import pytest

from harness.cli.run import workers
from harness.target import find_target


@pytest.fixture(autouse=True)
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["-q", "--durations=5", "-x"],
        ["--sanitize", "--report-dir", "/tmp"],  # a folder, and no place of tests
        ["--report-dir=/tmp"],
    ],
)
def test_the_whole_suite_runs_on_a_node_a_core(words: list[str]) -> None:
    assert workers(words, find_target("qemu")) == ["-n", "2"]
    assert workers(["--target", "host", *words], find_target("host")) == ["-n", "2"]


@pytest.mark.parametrize(
    "words",
    [
        ["hil_tests/test_boot.py"],
        ["hil_tests/test_boot.py::test_a_cold_start"],
        ["-k", "boot"],
        ["-m", "soak"],
        ["-n", "1"],
        ["-n1"],
        ["--numprocesses=3"],
        ["--count", "2"],
        ["-s"],
        ["--pdb"],
        ["-p", "no:xdist"],
        ["--collect-only"],
    ],
)
def test_who_chooses_gets_what_was_chosen(words: list[str]) -> None:
    assert workers(words, find_target("qemu")) == []


def test_there_is_one_board_and_one_of_esp_idf_s_nodes() -> None:
    assert workers([], find_target("esp32s3", "COM8")) == []
    assert workers([], find_target("linux")) == []


def test_a_machine_with_many_cores_starts_no_more_than_four(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert workers([], find_target("qemu")) == ["-n", "4"]
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert workers([], find_target("qemu")) == []
