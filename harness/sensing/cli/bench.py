"""`hil bench`"""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import click

from harness.cli.console import FOUND_WRONG, GOOD, print_json, print_table, say
from harness.cli.run import PYTEST_WORDS, run_suite
from harness.report import ReportFolder
from harness.report.journal import read_journal
from harness.report.versions import host_versions, source_version
from harness.sensing.benchmark.device import costs_of, device_tables
from harness.sensing.benchmark.plot import plots
from harness.sensing.benchmark.present import tables
from harness.sensing.benchmark.published import exact_figures_hold, format_table, published_rows
from harness.sensing.benchmark.results import Plan
from harness.sensing.benchmark.sources import SOURCES, chosen, measure_source
from harness.sensing.benchmark.stored import Run, load, save
from harness.target import project_root
from harness.target.registry import DEFAULT_TARGET

_DEVICE_TESTS = "hil_tests/test_device_speed.py"
MIN_TOKENS, MAX_TOKENS, ROUNDS = 1024, 65_536, 5


@click.command(context_settings=PYTEST_WORDS)
@click.option("--device", is_flag=True, help="Measure what the head costs on a node, by phase.")
@click.option(
    "--target",
    default=DEFAULT_TARGET,
    show_default=True,
    help="With --device: where the node runs.",
)
@click.option("--port", help="With --device: the board's port.")
@click.option("--published", is_flag=True, help="Measure the published figures that need no board.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(SOURCES)),
    help="Measure only this source; may be repeated.",
)
@click.option(
    "--longest",
    default=MAX_TOKENS,
    show_default=True,
    type=click.IntRange(MIN_TOKENS),
    metavar="TOKENS",
    help=f"Measure nothing longer; at least {MIN_TOKENS}.",
)
@click.option(
    "--rounds",
    default=ROUNDS,
    show_default=True,
    type=click.IntRange(1),
    help="How often each way is measured.",
)
@click.option(
    "--compare",
    type=click.Path(exists=True, path_type=Path),
    metavar="RUN",
    help="Compare with an earlier run: its folder, or its bench.json.",
)
@click.option(
    "--report-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write into.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def bench(
    device: bool,
    target: str,
    port: str | None,
    published: bool,
    only: tuple[str, ...],
    longest: int,
    rounds: int,
    compare: Path | None,
    report_dir: Path | None,
    as_json: bool,
    pytest_arguments: tuple[str, ...],
) -> int:
    """Measure how fast the parts that run on this machine are.

    Prints curves over the number of tokens with their fitted growth, and every figure with its
    target. Writes them as bench.json and as plots into a folder under reports/. A missed target of
    speed does not change the exit status.

    With --device: the instructions of a classification and of a step, counted on the emulated node,
    or the cycles and milliseconds of a board, with their targets. Other words go to pytest. Exit
    status 1 when a target of instructions is missed.

    With --published: the published figures with the values measured here. Exit status 1 when a
    figure does not hold that does not depend on time.
    """
    if device:
        return _device(target, port, report_dir, as_json, pytest_arguments)
    if pytest_arguments:
        raise click.UsageError(f"{pytest_arguments[0]} has no meaning without --device.")
    if published:
        return _published(as_json)
    earlier = load(compare) if compare else None  # a wrong file is refused before minutes pass
    plan = Plan(longest, rounds)
    root = project_root()
    results = tuple(measure_source(name, plan) for name in chosen(only))
    now = datetime.datetime.now()
    versions = {"project": source_version(root), **host_versions()}
    run = Run(now.isoformat(timespec="seconds"), versions, plan, results)

    if report_dir is None:
        report_dir = ReportFolder.create(root / "reports", "bench", now).path
    report_dir.mkdir(parents=True, exist_ok=True)
    save(run, report_dir)
    for unit, svg in plots(run).items():
        (report_dir / f"bench-{unit}.svg").write_text(svg, encoding="utf-8")
    if as_json:
        print_json(run.to_json())
    else:
        _print(run, earlier)
    say(f"stored in {report_dir}")
    return GOOD


def _device(
    target: str, port: str | None, report_dir: Path | None, as_json: bool, words: tuple[str, ...]
) -> int:
    reports = project_root() / "reports"
    folder = report_dir or ReportFolder.create(reports, f"bench-{target}").path
    place = ["--port", port] if port else []
    options = ["--target", target, *place, "-q", "--report-dir", str(folder)]
    options += ["-m", "device_cost or not device_cost"]
    status = run_suite((*options, *words, _DEVICE_TESTS), to_stderr=as_json)
    journal = ReportFolder(folder).metrics
    costs = costs_of(read_journal(journal)) if journal.exists() else []
    if as_json:
        print_json([dataclasses.asdict(cost) for cost in costs])
        return status
    for table in device_tables(costs):
        print_table(table.columns, table.rows, table.title)
    return status


def _print(run: Run, earlier: Run | None) -> None:
    for table in tables(run, earlier):
        print_table(table.columns, table.rows, table.title)
    for result in run.results:
        click.echo(f"\n{result.source}: {result.how}.")
    if earlier:
        click.echo(f"\nEarlier: {earlier.when}, {earlier.versions.get('project') or 'no commit'}.")


def _published(as_json: bool) -> int:
    say("measuring, about half a minute")
    rows = published_rows()
    if as_json:
        print_json([dataclasses.asdict(row) for row in rows])
    else:
        click.echo(format_table(rows))
    return GOOD if exact_figures_hold(rows) else FOUND_WRONG
