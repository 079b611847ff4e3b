"""What `hil bench` makes of what was measured: growth, verdicts, tables, plots, stored runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.app import run_cli
from harness.errors import BenchError
from harness.sensing.benchmark import sources, stored
from harness.sensing.benchmark.plot import plots
from harness.sensing.benchmark.present import quantity, tables
from harness.sensing.benchmark.results import Curve, Plan, Result, ratios
from harness.sensing.benchmark.stored import Run, load, save
from harness.sensing.cli import bench
from harness.sensing.figure import Figure

LENGTHS = (64, 256, 1024, 4096)


def curve(name: str, factor: float, exponent: float, unit: str = "s") -> Curve:
    return Curve(name, unit, {n: factor * n**exponent for n in LENGTHS})


def result(factor: float = 1e-6) -> Result:
    fast, slow = curve("fast", factor, 1.0), curve("slow", 1e-8, 2.0)
    memory = curve("fast", 100.0, 1.0, "B")
    figures = ratios("slow over fast", slow, fast, {1024: 10.0, 4096: 50.0, 8192: 100.0})
    return Result("made up", "not measured at all", (fast, slow, memory), tuple(figures))


def run(factor: float = 1e-6) -> Run:
    return Run("2026-01-02T03:04:05", {"project": "abc"}, Plan(4096, 5), (result(factor),))


@pytest.mark.parametrize("exponent", [0.0, 1.0, 1.5, 2.0])
def test_the_growth_of_a_power_is_its_exponent(exponent: float) -> None:
    assert curve("c", 3e-4, exponent).growth == pytest.approx(exponent, abs=1e-12)


def test_growth_is_fitted_where_the_constant_cost_has_faded() -> None:
    points = {n: 1.0 + (n / 1024) ** 2 * 1000 for n in (1, 4, 16, 1024, 4096, 16384)}
    growth = Curve("c", "s", points).growth
    assert growth is not None and growth < 1.5
    assert Curve("c", "s", points, fit_from=1024).growth == pytest.approx(2.0, abs=1e-3)


def test_a_run_too_short_for_that_is_fitted_to_its_last_points() -> None:
    short = Curve("c", "s", {64: 1.0, 128: 1.0, 256: 2.0, 512: 4.0, 1024: 8.0}, fit_from=1024)
    assert (short.fitted_from, short.growth) == (256, pytest.approx(1.0))
    assert Curve("c", "s", {512: 1.0, 1024: 2.0}, fit_from=1024).growth is None


@pytest.mark.parametrize("points", [{}, {64: 1.0}, {64: 1.0, 128: 0.0}])
def test_growth_that_cannot_be_fitted_is_none(points: dict[int, float]) -> None:
    assert Curve("c", "s", points).growth is None


def test_a_ratio_divides_the_slow_by_the_fast_and_is_judged_against_its_target() -> None:
    at_1024, at_4096, at_8192 = result().measured
    assert (at_1024.value, at_1024.met) == (pytest.approx(10.24), True)
    assert (at_4096.value, at_4096.met) == (pytest.approx(40.96), False)
    assert (at_8192.value, at_8192.met) == (None, None)


@pytest.mark.parametrize(
    ("value", "at_least", "met"),
    [(2.0, True, True), (1.99, True, False), (2.0, False, True), (2.01, False, False)],
)
def test_a_target_is_the_least_or_the_most(value: float, at_least: bool, met: bool) -> None:
    assert Figure("m", value, 2.0, at_least).met is met


def test_a_plan_leaves_out_what_is_too_long() -> None:
    assert Plan(1024, 1).lengths((64, 1024, 1025)) == [64, 1024]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0123, "s", "12.3 ms"),
        (2.5, "s", "2.5 s"),
        (4e-7, "s", "0.4 us"),
        (1_500_000.0, "B", "1.5 MB"),
        (12.0, "B", "12 B"),
        (21.206, "x", "21.21x"),
        (9426.0, "", "9,426"),
        (1.043, "", "1.04"),
        (3.2e6, "instructions", "3,200,000 instructions"),
        (None, "s", "-"),
    ],
)
def test_quantities_are_readable(value: float | None, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_the_tables_show_curves_growth_targets_and_verdicts() -> None:
    times, memory, figures = tables(run(), None)
    assert times.columns == ["", "64", "256", "1,024", "4,096", "growth"]
    assert times.rows[0] == ["fast", "64 us", "256 us", "1.02 ms", "4.1 ms", "N^1.00"]
    assert times.rows[1][-1] == "N^2.00"
    assert "memory" in memory.title and memory.rows[0][1] == "6.4 kB"
    assert figures.rows == [
        ["slow over fast, N=1,024", "10.24x", ">= 10.00x", "met"],
        ["slow over fast, N=4,096", "40.96x", ">= 50.00x", "MISSED"],
        ["slow over fast, N=8,192", "-", ">= 100.00x", "not measured"],
    ]


def test_an_earlier_run_stands_beside() -> None:
    """Earlier took three times as long; a time is compared with a time, not with the memory."""
    times, memory, figures = tables(run(), run(3e-6))
    assert times.rows[1] == ["  earlier over now", *["3.00x"] * 4, "was N^1.00"]
    assert times.rows[3] == ["  earlier over now", *["1.00x"] * 4, "was N^2.00"]
    assert memory.rows[1] == ["  earlier over now", *["1.00x"] * 4, "was N^1.00"]
    assert [row[-1] for row in figures.rows] == ["3.41x", "13.65x", "-"]


def test_an_earlier_run_may_know_other_names_and_lengths() -> None:
    other = Result("made up", "", (Curve("fast", "s", {64: 1.0, 100: 1.0}),))
    times, _, figures = tables(run(), Run("", {}, Plan(1, 1), (other,)))
    assert times.rows[1][1:5] == ["15625.00x", "-", "-", "-"]
    assert [row[0] for row in times.rows] == ["fast", "  earlier over now", "slow"]
    assert [row[-1] for row in figures.rows] == ["-"] * 3


def test_a_plot_of_each_unit_names_every_curve_and_its_growth() -> None:
    drawn = plots(run())
    assert set(drawn) == {"s", "B"}
    assert "made up fast: N^1.00" in drawn["s"] and "made up slow: N^2.00" in drawn["s"]
    assert "slow" not in drawn["B"]
    assert drawn["s"].count('class="dot ') == 2 * len(LENGTHS)


def test_a_stored_run_is_read_as_it_was(tmp_path: Path) -> None:
    path = save(run(), tmp_path)
    assert load(path) == load(tmp_path) == run()
    entry = json.loads(path.read_text())["results"][0]
    assert entry["curves"][1]["growth"] == pytest.approx(2.0)
    assert [figure["met"] for figure in entry["measured"]] == [True, False, None]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "x"}', f'{{"format": "{stored.FORMAT}"}}', "\xff"]
)
def test_what_is_no_stored_run_is_refused_by_its_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BenchError, match=r"other\.json is not a run that `hil bench` stored"):
        load(path)


def test_a_source_that_cannot_measure_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuses(plan: Plan) -> Result:
        raise BenchError("there is no compiler")

    monkeypatch.setitem(sources.SOURCES, "refuses", f"{__name__}:refuses")
    monkeypatch.setattr("sys.argv", ["", "refuses", "64", "1"])
    monkeypatch.setitem(globals(), "refuses", refuses)
    sources.main()
    said = capfd.readouterr().out
    monkeypatch.setattr(sources, "in_one_thread", lambda *_: said.encode())
    with pytest.raises(BenchError, match="there is no compiler"):
        sources.measure_source("refuses", Plan(64, 1))


def test_a_source_that_ends_badly_is_the_bench_s_fault() -> None:
    with pytest.raises(BenchError, match="ended with status 1"):
        sources.measure_source("no such source", Plan(64, 1))


def test_the_command_prints_stores_and_compares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []
    factors = iter([3e-6, 1e-6])

    def measure(name: str, plan: Plan) -> Result:
        asked.append((name, plan))
        return result(next(factors))

    monkeypatch.setattr(bench, "measure_source", measure)
    first, second = tmp_path / "first", tmp_path / "second"
    options = ["bench", "--only", "oracle", "--longest", "4096", "--rounds", "2"]
    assert run_cli([*options, "--report-dir", str(first)]) == 0
    said = capsys.readouterr().out
    assert "MISSED" in said and "earlier" not in said
    assert {path.name for path in first.iterdir()} == {"bench.json", "bench-s.svg", "bench-B.svg"}
    assert run_cli([*options, "--report-dir", str(second), "--compare", str(first)]) == 0
    assert "earlier over now" in capsys.readouterr().out
    assert asked == [("oracle", Plan(4096, 2))] * 2
    assert load(first).results == (result(3e-6),)


def test_a_wrong_earlier_run_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "measure_source", lambda *_: pytest.fail("it measured"))
    (tmp_path / "bench.json").write_text("{}")
    assert run_cli(["bench", "--compare", str(tmp_path)]) == 2
    assert "is not a run" in capsys.readouterr().err


def test_the_oracle_is_measured_at_every_length_of_the_plan() -> None:
    measured = sources.measure_source("oracle", Plan(1024, 1))
    curves = {(curve.name, curve.unit): curve for curve in measured.curves}
    for precision in ("float32", "float64"):
        for way in ("sparse", "dense", "naive dense"):
            points = curves[f"{way}, {precision}", "s"].points
            assert list(points) == [64, 128, 256, 512, 1024]
            assert all(seconds > 0 for seconds in points.values())
        assert list(curves[f"sparse, {precision}", "B"].points) == [1024]
    named = {figure.name: figure for figure in measured.measured}
    for dense in ("dense", "naive dense"):
        for n, target in ((1024, 3.0), (8192, 30.0)):
            figure = named[f"sparse over {dense}, float32, N={n:,}"]
            assert figure.target == target and (figure.value is None) == (n > 1024)
