"""How far a training is, and how long it still takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import progress
from rich.console import Console

from training.run.loop import OnEpoch

Tell = Callable[[int, int, str], None]
"""Called with the number of steps done, of all steps, and what is being done."""

_LINES = 5


class Progress:
    """A bar with the time left, on standard error; without a terminal, a line now and then."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)

    @contextmanager
    def bar(self) -> Iterator[Tell]:
        """A bar, as long as it is needed."""
        shown = 0
        with self._bar() as bar:
            task = bar.add_task("", total=None)

            def tell(done: int, steps: int, doing: str) -> None:
                nonlocal shown
                bar.update(task, completed=done, total=steps, description=doing)
                if not self._console.is_terminal and done * _LINES // steps > shown:
                    shown = done * _LINES // steps
                    self._console.print(f"{doing}: {done} of {steps}")

            yield tell

    @contextmanager
    def reading(self) -> Iterator[Callable[[int, int], None]]:
        """While recordings become spectra."""
        with self.bar() as tell:
            yield lambda done, recordings: tell(done, recordings, "reading recordings")

    @contextmanager
    def training(self, fold: int, folds: int) -> Iterator[OnEpoch]:
        """While a fold is trained."""
        name = f"fold {fold + 1} of {folds}"
        with self.bar() as tell:
            yield lambda epoch, epochs, loss: tell(epoch, epochs, f"{name}, loss {loss:.3f}")

    def _bar(self) -> progress.Progress:
        return progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            progress.TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
