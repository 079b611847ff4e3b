"""Spectra of recordings as the node makes them, cut into windows of one length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.errors import BenchError
from harness.sensing.datasets.spectra import spectra_of, timed
from harness.sensing.datasets.tasks import person_of
from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.recordings.frames import Recording
from harness.sensing.recordings.labels import ACTIONS, BREATHING
from training.run.progress import Tell

WANTED = frozenset({*ACTIONS, BREATHING})
_MIN_PERSONS = 4


@dataclass(frozen=True)
class Windows:
    """x: float32 [n, length, 16]; person: [n], places in `persons`; recording: [n], numbers."""

    x: npt.NDArray[np.float32]
    person: npt.NDArray[np.int64]
    recording: npt.NDArray[np.int64]
    persons: tuple[str, ...]

    def of(self, persons: Sequence[int]) -> Windows:
        """The windows of some persons."""
        return self.chosen(np.isin(self.person, persons))

    def chosen(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Windows:
        """The windows that a mask or an index array chooses."""
        return Windows(self.x[which], self.person[which], self.recording[which], self.persons)


def windows_of(
    recordings: Sequence[Recording],
    library: EdgeLibrary,
    hop: int,
    length: int,
    tell: Tell,
) -> Windows:
    """All windows of `length` spectra, without overlap, of every recording that shows one known
    person alone.

    Raises BenchError where there are too few persons to leave some of them out.
    """
    chosen = [r for r in recordings if r.subject and r.label in WANTED]
    persons = tuple(sorted({person_of(recording) for recording in chosen}))
    if len(persons) < _MIN_PERSONS:
        raise BenchError(
            f"The recordings show {len(persons)} persons by name, and the gate needs "
            f"{_MIN_PERSONS}.",
            "Name them in the manifest's column subject: docs/your-recordings.md.",
        )
    parts: list[npt.NDArray[np.float32]] = []
    owners: list[tuple[int, int]] = []
    for done, recording in enumerate(chosen):
        tell(done + 1, len(chosen), "reading recordings")
        spectra = spectra_of(library, timed(recording.frames()), hop).values
        for begin in range(0, len(spectra) - length + 1, length):
            parts.append(spectra[begin : begin + length])
            owners.append((persons.index(person_of(recording)), done))
    if not parts:
        raise BenchError(f"No recording has {length} spectra.", "A shorter --window may do.")
    person, number = np.array(owners, np.int64).T
    return Windows(np.stack(parts), person, number, persons)
