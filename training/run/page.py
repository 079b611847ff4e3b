"""The results of a training for a person: figures beside targets, curves, confusion."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.cli.console import print_line, print_table
from harness.report import plots
from harness.sensing.figure import COLUMNS, row
from harness.sensing.sense.page import write_page
from training.run.figures import score
from training.run.session import Trained


def show(trained: Trained) -> None:
    """Print the figures and the confusion of the classes."""
    print_table(COLUMNS, [row(figure) for figure in trained.figures])
    task = trained.plan.task
    confusion = score(task, trained.predictions).confusion
    rows = [[word, *map(str, confusion[place].tolist())] for place, word in enumerate(task.classes)]
    print_line("")
    print_table(("windows of", *(f"said {word}" for word in task.classes)), rows)


def write(trained: Trained, path: Path) -> None:
    """Write the page into a folder that exists."""
    task = trained.plan.task
    longest = max(len(losses) for losses in trained.curves)
    highest = max(max(losses) for losses in trained.curves)
    lines = {
        f"fold {fold + 1}": [(float(epoch), loss) for epoch, loss in enumerate(losses, 1)]
        for fold, losses in enumerate(trained.curves)
    }
    confusion = score(task, trained.predictions).confusion
    totals = np.maximum(confusion.sum(axis=1), 1)
    heights = {
        f"said {word}": (confusion[:, place] / totals).tolist()
        for place, word in enumerate(task.classes)
    }
    pictures = {
        "Loss of the changed and mixed windows of training": plots.over_time(
            "nats", lines, (0.0, highest * 1.05), float(longest), "epochs"
        ),
        "What was said, by what it was": plots.bars(
            task.classes, heights, "what it was", "share of windows", stacked=True
        ),
    }
    title = f"Training of {task.name}, seed {trained.plan.seed}"
    write_page(path, trained.figures, pictures, title)
