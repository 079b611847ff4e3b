"""What is printed of a model's accuracy on a node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.cli.console import table_text
from harness.sensing.accuracy.score import Judged, Score, Sides


def accuracy_table(
    name: str,
    classes: Sequence[str],
    device: Score,
    oracle: Score,
    seen: Sequence[Judged],
) -> str:
    """Device beside oracle, class by class, and how often they say the same."""
    persons = len({one.person for one in seen})
    rows: list[tuple[object, ...]] = [
        ("accuracy", device.windows, device.accuracy, "", oracle.accuracy, ""),
        ("macro F1", "", device.macro_f1, "", oracle.macro_f1, ""),
        ("", "", "recall", "precision", "recall", "precision"),
    ]
    for i, word in enumerate(classes):
        shares = [x[i] for score in (device, oracle) for x in (score.recall, score.precision)]
        rows.append((word, int(device.confusion[i].sum()), *shares))
    columns = ("", "windows", "device", "", "oracle", "")
    cells = [[_cell(value) for value in row] for row in rows]
    table = table_text(columns, cells, numbers=slice(1, None))
    title = f"{name}: {device.windows} windows of {persons} persons"
    return "\n".join([title, table, *_agreement(seen)])


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _agreement(seen: Sequence[Judged]) -> list[str]:
    count = Counter(one.sides for one in seen)
    same, ties, others = (count[sides] for sides in (Sides.SAME, Sides.TIE, Sides.OTHER))
    lines = [f"same class: {same} of {len(seen)}; ties within both errors: {ties}; other: {others}"]
    lines += [
        f"  tie: {one.name}, {one.lead:.2g} apart, {one.budget:.2g} allowed"
        for one in seen
        if one.sides is Sides.TIE
    ]
    return lines
