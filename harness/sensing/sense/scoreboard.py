"""Everything that recordings show about the node, with the targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.errors import BenchError
from harness.report.journal import Record
from harness.sensing.edge_library import open_edge_library
from harness.sensing.figure import Figure
from harness.sensing.recordings.frames import Recording
from harness.sensing.sense import breathing, cost, falls, movement, rooms
from harness.sensing.sense.breathing import Breather
from harness.sensing.sense.falls import Action, Disturbed
from harness.sensing.sense.listening import run_jobs
from harness.sensing.sense.rooms import Heard


class NothingToMeasure(BenchError):
    """No figure can be measured on the recordings."""


@dataclass(frozen=True)
class Scoreboard:
    """All results, and the size of the features' state on this machine."""

    breathers: list[Breather]
    heard: list[Heard]
    disturbed: list[Disturbed]
    actions: list[Action]
    state_bytes: int

    def figures(self, records: Sequence[Record] = ()) -> list[Figure]:
        """The figures that could be measured. records: of a node's session."""
        found = [
            *breathing.figures(self.breathers),
            *breathing.figures_of_empty_rooms(self.heard),
            *movement.figures(self.heard),
            *falls.figures(self.heard, self.disturbed, self.actions),
            *cost.figures(self.state_bytes, records),
        ]
        return [figure for figure in found if figure.value is not None]


def measure(
    recordings: Sequence[Recording], tell: Callable[[int, int], None] = lambda _done, _all: None
) -> Scoreboard:
    """Lets a node hear all of them, on all cores. tell(done, all): jobs.

    Raises: NothingToMeasure; BadRecording; BenchError where the library cannot be built.
    """
    jobs = [*breathing.jobs(recordings), *rooms.jobs(recordings), *falls.jobs(recordings)]
    if not jobs:
        listed = ", ".join(sorted({recording.label for recording in recordings}))
        raise NothingToMeasure(
            f"Nothing can be measured on recordings with the labels {listed}.",
            "docs/your-recordings.md lists the labels that count.",
        )
    library = open_edge_library()
    jobs.sort(key=lambda job: str(job.arguments[0]))  # those that share a file follow each other
    board = Scoreboard([], [], [], [], library.state_bytes)
    for result in run_jobs(jobs, tell):
        if isinstance(result, Breather):
            board.breathers.append(result)
        elif isinstance(result, Heard):
            board.heard.append(result)
        elif isinstance(result, Action):
            board.actions.append(result)
        else:
            board.disturbed.extend(result)
    return board
