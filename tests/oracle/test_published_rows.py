"""The published figures as `hil bench --published` prints them."""

from __future__ import annotations

import dataclasses
import json
import time
import types

import numpy as np
import pytest

from harness.sensing.benchmark import published, scalar, speed
from harness.sensing.benchmark.published import Published, exact_figures_hold, format_table
from harness.sensing.benchmark.timing import interleaved_medians, processor_clock, timed_curves
from kernels_ref import SparseAttentionConfig
from tests.oracle import twin
from tests.oracle.draws import operands


def test_every_figure_that_is_not_a_time_holds() -> None:
    rows = [*published._differences(), *published._streaming(), *published._edge_counts()]
    assert len(rows) == 8
    assert all(row.holds for row in rows), format_table(rows)


def test_a_figure_that_does_not_hold_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "edges", lambda n, config: 1_146_499)
    row = next(iter(published._edge_counts()))
    assert row.holds is False
    assert "NO" in format_table([row])
    assert "1,146,499" in format_table([row])
    assert not exact_figures_hold([row])
    assert exact_figures_hold([dataclasses.replace(row, timed=True)])
    assert exact_figures_hold([dataclasses.replace(row, holds=None)])


def test_speed_rows_say_what_was_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {way: {n: (n * 1e-5, n * n * 1e-5 / 24) for n in speed.LENGTHS} for way in speed.WAYS}
    monkeypatch.setattr(speed, "measure", lambda: seconds)
    rows = list(published._speed())
    assert len(rows) == 19
    by_name = {row.name: row for row in rows}
    assert by_name["sparse over naive dense, N=1024 (scalar loops)"].measured == "42.67x"
    assert by_name["sparse over naive dense, N=1024 (scalar loops)"].holds is True
    assert by_name["sparse over naive dense, N=1024 (numpy)"].holds is None
    assert by_name["cost growth N=64 to 1024, sparse (scalar loops)"].measured == "16.0x"
    assert all(row.note for row in rows)
    assert all(row.timed == ("edges" not in row.name) for row in rows)


def test_the_speeds_are_measured_for_every_length(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speed, "LENGTHS", (8, 16))
    monkeypatch.setattr(speed, "ROUNDS", 1)
    speed.main()
    ways = json.loads(capsys.readouterr().out)
    assert set(ways) == set(speed.WAYS)
    for seconds in ways.values():
        assert set(seconds) == {"8", "16"}
        assert all(time > 0 for pair in seconds.values() for time in pair)


def test_what_is_timed_computes_attention() -> None:
    q, k, v = operands(70, 1, 1, 4)
    q1, k1, v1 = (x[:, 0].tolist() for x in (q, k, v))
    config = SparseAttentionConfig(5, 8)
    np.testing.assert_allclose(
        scalar.sparse(q1, k1, v1, config),
        twin.sparse(q, k, v, twin.Pattern(5, 8))[:, 0],
        atol=1e-14,
    )
    np.testing.assert_allclose(
        scalar.dense(q1, k1, v1), twin.dense(q, k, v, True)[:, 0], atol=1e-14
    )
    q, k, v = operands(70, 2, 2, 4, np.float32)
    np.testing.assert_allclose(speed.naive_dense(q, k, v), twin.dense(q, k, v, True), atol=2e-6)


def test_medians_are_of_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    calls: list[str] = []
    ways = {"a": (lambda: calls.append("a"), 2), "b": (lambda: calls.append("b"), 1)}
    assert interleaved_medians(ways, 3) == {"a": 0.5, "b": 1.0}
    assert "".join(calls) == "aab" * 4


def test_medians_are_taken_from_the_clock_that_is_given() -> None:
    clock = iter(range(0, 1000, 7))
    assert interleaved_medians({"a": (lambda: None, 1)}, 3, lambda: next(clock)) == {"a": 7.0}


def test_curves_do_not_count_what_the_process_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    curve = timed_curves({("sleep", 1): lambda: time.sleep(0.05)}, 1)["sleep"]
    assert curve.points[1] < 0.04
    coarse = types.SimpleNamespace(resolution=1 / 64)
    monkeypatch.setattr(time, "get_clock_info", lambda name: coarse)
    assert processor_clock() is time.perf_counter


def test_the_table_numbers_its_notes() -> None:
    rows = [
        Published("one", "1", "1", True, "same"),
        Published("two", "2", "3", None, "other"),
        Published("three", "3", "3", True, "same"),
    ]
    lines = format_table(rows).splitlines()
    assert lines[1].split() == ["one", "1", "1", "yes", "[1]"]
    assert lines[2].split() == ["two", "2", "3", "-", "[2]"]
    assert lines[3].split() == ["three", "3", "3", "yes", "[1]"]
    assert lines[-2:] == ["[1] same", "[2] other"]
