"""The features of a replay and their errors, for a person."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from harness.replay.compare import FeatureErrors
from harness.replay.frames import Recorded

_WIDTH = 100


def replay_table(recorded: Recorded, errors: Sequence[FeatureErrors]) -> str:
    """A row a feature."""
    out = io.StringIO()
    console = Console(file=out, width=_WIDTH, highlight=False, markup=False)
    seconds = (recorded.frames[-1].ts_us - recorded.frames[0].ts_us) / 1e6
    lost = f", {recorded.lost} lost" if recorded.lost else ""
    console.print(
        f"node {recorded.node}: {len(recorded.frames)} frames, {recorded.rate_hz:.2f} a second,"
        f" {seconds:.1f} s{lost}"
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("feature")
    for column in ("ticks", "smallest", "largest", "worst error", "share of its bound"):
        table.add_column(column, justify="right")
    for feature in errors:
        table.add_row(
            feature.name,
            str(len(feature.sent)),
            f"{feature.sent.min():.4g}",
            f"{feature.sent.max():.4g}",
            f"{feature.worst_error:.3g}",
            f"{feature.worst_share:.3g}",
        )
    console.print(table)
    return out.getvalue().rstrip()
