"""The journal: a line a record, on disk at once, readable after a kill."""

from __future__ import annotations

import errno
import itertools
import json
import math
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

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
    assert journal.test == ""  # no test is running yet
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


def test_a_record_says_when_by_whom_and_in_which_test(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl", "gw1")
    journal.record("measure", value=1)
    journal.test = "test_a"
    journal.record("measure", value=2)
    journal.record("test", test="")
    first, second, third = read_journal(journal.path)
    assert list(first) == ["kind", "time", "worker", "value"]
    assert list(second) == ["kind", "time", "worker", "test", "value"]
    assert (second["worker"], second["test"], third["test"]) == ("gw1", "test_a", "")
    assert abs(first["time"] - time.time()) < 60
    assert first["time"] == round(first["time"], 3)


def test_the_time_of_a_record_is_known_to_the_millisecond(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    monkeypatch.setattr(time, "time", lambda: 1234567890.123456)
    journal.record("measure")
    assert [record["time"] for record in read_journal(journal.path)] == [1234567890.123]


def test_a_line_is_short_and_in_utf_8(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    journal.record("measure", name="ä", half="\udc80", values=(1, 2))
    (line,) = (tmp_path / "m.jsonl").read_bytes().splitlines()
    assert line.endswith('"name":"ä","half":"\\udc80","values":[1,2]}'.encode())
    assert next(read_journal(journal.path))["half"] == "\udc80"


def test_a_journal_is_read_as_utf_8_whatever_the_machine_s_own_encoding_is(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    journal.record("measure", name="ä")
    code = (
        "import sys; from pathlib import Path; from harness.report import read_journal\n"
        "(record,) = read_journal(Path(sys.argv[1]))\n"
        "print(ascii(record['name']))\n"
    )
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    said = subprocess.run(
        [sys.executable, "-c", code, str(journal.path)],
        cwd=ROOT,
        env={**os.environ, **ascii_only},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    (record,) = read_journal(journal.path)
    assert said.strip() == ascii(record["name"]) == ascii("ä")


def test_values_of_every_kind_in_terms_of_json(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    kinds = {1: {2}, "deep": [(b"\x01", bytearray(b"\x02")), {"x": math.inf}]}
    journal.record("all", kinds=kinds, kind_of=Counts, yes=True, frozen=frozenset({3}))
    (record,) = read_journal(journal.path)
    assert record["kinds"] == {"1": [2], "deep": [["01", "02"], {"x": "inf"}]}
    assert record["kind_of"] == str(Counts)
    assert record["yes"] is True and record["frozen"] == [3]


class FullDisk:
    """A file that takes so many bytes, and none after that until there is room again."""

    closed = False

    def __init__(self, file: Any, room: int, at_once: int = 1 << 20) -> None:
        self._file, self.room, self._at_once = file, room, at_once

    def write(self, data: memoryview) -> int | None:
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        part = data[: min(self.room, self._at_once)]
        self.room -= len(part)
        return cast("int", self._file.write(part))


def on_disk_with_room(journal: Journal, room: int, at_once: int = 1 << 20) -> FullDisk:
    disk = FullDisk(journal._file, room, at_once)
    vars(journal)["_file"] = disk
    return disk


def test_a_full_disk_is_remembered_with_what_it_did_not_take(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    assert journal.problem is None and journal.lost == []
    disk = on_disk_with_room(journal, 10)
    journal.record("measure", value=1)
    first = journal.problem
    assert isinstance(first, OSError) and first.errno == errno.ENOSPC
    journal.record("measure", value=2)
    assert journal.problem is first
    assert [record["value"] for record in journal.lost] == [1, 2]
    disk.room = 1000
    journal.record("measure", value=3)
    journal.record("measure", value=4)
    # what was cut off stands on a line of its own
    assert [record["value"] for record in read_journal(journal.path)] == [3, 4]
    assert (tmp_path / "m.jsonl").read_bytes().count(b"\n") == 3


def test_a_record_that_is_written_in_pieces_is_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    on_disk_with_room(journal, 10_000, at_once=7)
    for value in range(3):
        journal.record("measure", value=value)
    assert [record["value"] for record in read_journal(journal.path)] == [0, 1, 2]
    assert (tmp_path / "m.jsonl").read_bytes().count(b"\n") == 3


class Hesitant:
    """A file that is not ready every other time, and says so in both ways that Python has."""

    closed = False

    def __init__(self, file: Any) -> None:
        self._file = file
        self._answers = itertools.cycle((None, 3, 0, 3))

    def write(self, data: memoryview) -> int | None:
        size = next(self._answers)
        return cast("int", self._file.write(data[:size])) if size else size


def test_a_file_that_is_not_ready_is_asked_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    vars(journal)["_file"] = Hesitant(journal._file)
    for value in range(3):
        journal.record("measure", value=value)
    assert [record["value"] for record in read_journal(journal.path)] == [0, 1, 2]
    assert journal.problem is None


def test_a_journal_that_is_closed_takes_nothing_and_says_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "m.jsonl")
    journal.close()
    journal.record("measure", value=1)
    assert journal.problem is None and journal.lost == []
    assert (tmp_path / "m.jsonl").read_bytes() == b""


def test_a_journal_goes_on_where_another_was(tmp_path: Path) -> None:
    for value in range(2):
        Journal(tmp_path / "m.jsonl").record("measure", value=value)
    assert [record["value"] for record in read_journal(tmp_path / "m.jsonl")] == [0, 1]


def test_lines_that_are_no_records_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    lines = [b'{"kind":"a"}', b"[1]", b'{"kind":3}', b'{"other":1}', b"[" * 100_000, b"3"]
    lines += [b'{"kind":"\xff"}', b'{"kind":"b"}', b'{"kind":"c']
    path.write_bytes(b"\n".join(lines))
    assert [record["kind"] for record in read_journal(path)] == [
        "a",
        "\N{REPLACEMENT CHARACTER}",
        "b",
    ]
