"""Spectra of the recordings and of disturbed copies, in finer steps than on the node."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.sensing.datasets.radio import disturbed, drawn
from harness.sensing.datasets.spectra import spectra_of, timed
from harness.sensing.datasets.tasks import Task, person_of
from harness.sensing.datasets.windows import NoWindows, cut, parts_of
from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.recordings.frames import Recording

FINE_HOP = 4
"""Bins of 20 ms from one spectrum of a stream to the next; a window may begin at any spectrum."""

Values = npt.NDArray[np.float32]
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Stream:
    """An uninterrupted piece of a recording: one action, or one label.

    Attributes:
        name: the name of the recording.
        person: whom it shows.
        label: the place in the task's classes.
        copies: float32 [n, 16] each, a spectrum every FINE_HOP bins; the first one as recorded, the
            others disturbed.
    """

    name: str
    person: str
    label: int
    copies: tuple[Values, ...]


def streams(
    task: Task,
    recordings: Sequence[Recording],
    library: EdgeLibrary,
    copies: int,
    least: int,
    seed: int,
    tell: Tell = lambda _done, _all: None,
) -> list[Stream]:
    """The streams of a task that have `least` spectra. Raises NoWindows, BadRecording."""
    shown = [one for one in recordings if parts_of(task, one)]
    found: list[Stream] = []
    for done, recording in enumerate(shown, 1):
        found += _of(task, recording, library, copies, least, seed)
        tell(done, len(shown))
    if not found:
        raise NoWindows(task)
    return found


def _of(
    task: Task, recording: Recording, library: EdgeLibrary, copies: int, least: int, seed: int
) -> list[Stream]:
    heard = timed(recording.frames())
    made = []
    for number in range(copies + 1):
        how, rng = drawn(recording, number, seed)
        made.append(spectra_of(library, disturbed(heard, how, rng), FINE_HOP))
    found = []
    for span in parts_of(task, recording):
        values = [spectra.values[cut(recording, span, spectra)] for spectra in made]
        label = task.class_of(span.label)
        assert label is not None
        if len(values[0]) >= least:
            enough = tuple(each for each in values if len(each) >= least)
            found.append(Stream(str(recording), person_of(recording), label, enough))
    return found


class StreamStore:
    """Streams on disk, so that the next training need not compute all spectra again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: dict[str, object], make: Callable[[], list[Stream]]) -> list[Stream]:
        """The streams of this key; they are made if they are not there."""
        text = json.dumps(key, sort_keys=True)
        path = self._folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"
        if path.is_file():
            return _load(path)
        made = make()
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part.npz")
        _save(partial, made)
        partial.replace(path)
        return made


def _save(path: Path, made: Sequence[Stream]) -> None:
    every = [copy for one in made for copy in one.copies]
    np.savez(
        path,
        values=np.concatenate(every),
        lengths=np.array([len(copy) for copy in every]),
        copies=np.array([len(one.copies) for one in made]),
        labels=np.array([one.label for one in made]),
        names=np.array([one.name for one in made]),
        persons=np.array([one.person for one in made]),
    )


def _load(path: Path) -> list[Stream]:
    with np.load(path) as held:
        every = np.split(held["values"], np.cumsum(held["lengths"])[:-1])
        places = np.split(np.arange(len(every)), np.cumsum(held["copies"])[:-1])
        names, persons, labels = held["names"], held["persons"], held["labels"]
    return [
        Stream(str(name), str(person), int(label), tuple(every[i] for i in place))
        for name, person, label, place in zip(names, persons, labels, places, strict=True)
    ]
