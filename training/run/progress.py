"""How far a training is, and how long it still takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import progress
from rich.console import Console

from training.run.loop import Told


class Progress:
    """On the terminal, on standard error: bars with the time left. Where there is no terminal, a
    line now and then."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)

    @contextmanager
    def hearing(self) -> Iterator[Callable[[int, int], None]]:
        """While recordings become spectra."""
        with self._bar() as bar:
            task = bar.add_task("hearing recordings", total=None)
            yield lambda done, every: bar.update(task, completed=done, total=every)

    @contextmanager
    def training(self, fold: int, folds: int) -> Iterator[Told]:
        """While a fold is trained."""
        name = f"fold {fold + 1} of {folds}"
        with self._bar() as bar:
            task = bar.add_task(name, total=None)

            def told(epoch: int, epochs: int, loss: float) -> None:
                bar.update(
                    task, completed=epoch, total=epochs, description=f"{name}, loss {loss:.3f}"
                )
                if not self._console.is_terminal and epoch % max(1, epochs // 5) == 0:
                    self._console.print(f"{name}: epoch {epoch} of {epochs}, loss {loss:.3f}")

            yield told

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
