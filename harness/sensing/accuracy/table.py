"""What is printed of a model's accuracy on a node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
    width = max(map(len, (*classes, "macro F1")))
    rows = [
        ("", "windows", "device", "", "oracle", ""),
        ("accuracy", device.windows, device.accuracy, "", oracle.accuracy, ""),
        ("macro F1", "", device.macro_f1, "", oracle.macro_f1, ""),
        ("", "", "recall", "precision", "recall", "precision"),
    ]
    rows += [
        (
            word,
            int(device.confusion[i].sum()),
            *(
                values[i]
                for score in (device, oracle)
                for values in (score.recall, score.precision)
            ),
        )
        for i, word in enumerate(classes)
    ]
    lines = [f"{name}: {device.windows} windows of {persons} persons"]
    for first, *others in rows:
        lines.append(f"{first:{width}}  {'  '.join(map(_cell, others))}".rstrip())
    return "\n".join([*lines, *_agreement(seen)])


def _cell(value: object) -> str:
    return f"{value:9.3f}" if isinstance(value, float) else f"{value!s:>9}"


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
