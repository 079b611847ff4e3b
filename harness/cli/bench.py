"""`hil bench`"""

from __future__ import annotations

import dataclasses

import click

from harness.bench.published import exact_figures_hold, format_table, published_rows
from harness.cli.console import FOUND_WRONG, GOOD, print_json, say


@click.command()
@click.option("--published", is_flag=True, help="The published figures that need no board.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
def bench(published: bool, as_json: bool) -> int:
    """Print the published figures beside what is measured here.

    Exit status 1 when a figure does not hold that arithmetic alone decides. Ratios taken from a
    clock are printed with what they reach here; they fail nothing.
    """
    if not published:
        raise click.UsageError("Say what to measure: --published.")
    say("measuring, about half a minute")
    rows = published_rows()
    if as_json:
        print_json([dataclasses.asdict(row) for row in rows])
    else:
        click.echo(format_table(rows))
    return GOOD if exact_figures_hold(rows) else FOUND_WRONG
