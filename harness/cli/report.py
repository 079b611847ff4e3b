"""`hil report`"""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.console import COULD_NOT_RUN, GOOD, print_line, say
from harness.report import ReportFolder, read_run, write_html


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def report(folder: Path) -> int:
    """Make report.html again from the metrics.jsonl in FOLDER, even after a session was killed."""
    files = ReportFolder(folder)
    run = read_run(files.metrics)
    if not run.session:
        raise click.UsageError(f"{files.metrics} does not begin with a session.")
    broke = write_html(run, files.html)
    print_line(f"{run.verdict}: {run.counts}. {files.html}")
    if broke:
        say(f"the page is a plain one, without plots: {broke}")
    return COULD_NOT_RUN if broke else GOOD
