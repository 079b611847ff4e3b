"""The journal: a line a record, on disk at once, readable after a kill."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from harness.report import Counts, Journal, read_journal
from tests.harness.session_runner import ROOT


def test_a_record_is_a_line_of_json(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    journal.record("measure", name="x", value=1.5)
    (line,) = (tmp_path / "m.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert (record["kind"], record["name"], record["value"]) == ("measure", "x", 1.5)
    assert record["time"] > 1e9
    assert "test" not in record


def test_a_record_carries_the_running_test(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    journal.test = "test_a"
    journal.record("measure")
    journal.record("test", test="")
    first, second = read_journal(journal.path)
    assert first["test"] == "test_a" and second["test"] == ""


def test_whatever_is_measured_can_be_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    journal.record(
        "all",
        nan=math.nan,
        inf=-math.inf,
        scalar=np.float32(0.5),
        integer=np.uint64(2**63),
        array=np.array([[1.0, np.nan]]),
        raw=b"\x01\xff",
        counts=Counts(passed=1),
        path=tmp_path,
        nothing=None,
        text="ä\n",
    )
    (record,) = read_journal(journal.path)
    assert record["nan"] == "nan" and record["inf"] == "-inf"
    assert record["scalar"] == 0.5 and record["integer"] == 2**63
    assert record["array"] == [[1.0, "nan"]]
    assert record["raw"] == "01ff" and record["counts"]["passed"] == 1
    assert record["text"] == "ä\n"


def test_a_killed_process_keeps_everything_it_measured(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    code = (
        "import os, sys; from pathlib import Path; from harness.report import Journal\n"
        f"journal = Journal(Path({str(path)!r}))\n"
        "for i in range(100): journal.record('measure', value=i)\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    with path.open("ab") as file:
        file.write(b'{"kind":"measure","val')  # the write that the kill cut off
    assert [record["value"] for record in read_journal(path)] == list(range(100))


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")

    def write(who: int) -> None:
        for i in range(200):
            journal.record("measure", who=who, i=i, filler="x" * 300)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(read_journal(journal.path))) == 800
