"""Falls: none may be reported where nobody falls; and how many are reported of actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.figure import Figure
from harness.sensing.recordings.frames import Frames, Recording
from harness.sensing.recordings.labels import ACTIONS, EMPTY, FAN, QUIET
from harness.sensing.sense.disturbed import fan, gain_steps, odd_frames
from harness.sensing.sense.listening import Job, listen
from harness.sensing.sense.rooms import Heard

_PART_US = 60_000_000
_MIN_US = 50_000_000
_HOUR_US = 3_600_000_000

_DISTURBANCES: dict[str, Callable[[Frames], Frames | None]] = {
    "a fan added": fan,
    "odd frames added": odd_frames,
    "gain steps added": gain_steps,
}


@dataclass(frozen=True)
class Disturbed:
    """A quiet recording with something in it that is not a fall."""

    name: str
    kind: str
    falls: int


@dataclass(frozen=True)
class Action:
    """One action of a person, and whether a fall was reported."""

    subject: str
    label: str
    fell: bool


def jobs(recordings: Sequence[Recording]) -> list[Job]:
    """Jobs for quiet recordings, which are disturbed, for fans, and for actions."""
    found = []
    for recording in recordings:
        if recording.label in QUIET and not recording.spans:
            found.append(Job(hear_disturbed, (recording,)))
        elif recording.label == FAN:
            found.append(Job(hear_fan, (recording,)))
        elif recording.label in ACTIONS and recording.subject:
            found.append(Job(hear_action, (recording,)))
    return found


def hear_disturbed(library: EdgeLibrary, recording: Recording) -> list[Disturbed]:
    """Hears a minute of it with each disturbance; runs in another process."""
    frames = recording.frames()
    if frames.us[-1] - frames.us[0] < _MIN_US:
        return []
    part = frames.between(int(frames.us[0]), int(frames.us[0]) + _PART_US)
    found = []
    for kind, disturb in _DISTURBANCES.items():
        if kind == "a fan added" and recording.label != EMPTY:
            continue
        if (changed := disturb(part)) is not None:
            falls = int(listen(library, changed).features["falls"][-1])
            found.append(Disturbed(str(recording), kind, falls))
    return found


def hear_fan(library: EdgeLibrary, recording: Recording) -> list[Disturbed]:
    """Hears it all; runs in another process."""
    falls = int(listen(library, recording.frames()).features["falls"][-1])
    return [Disturbed(str(recording), "a fan", falls)]


def hear_action(library: EdgeLibrary, recording: Recording) -> Action:
    """Hears it all; runs in another process."""
    told = listen(library, recording.frames())
    return Action(recording.subject, recording.label, bool(told.features["falls"][-1]))


def figures(
    heard: Sequence[Heard], disturbed: Sequence[Disturbed], actions: Sequence[Action]
) -> list[Figure]:
    """Falls where nobody falls have the target 0; those of actions have no target."""
    stretches = [one for each in heard for one in each.stretches]
    empty = [one for one in stretches if one.label == EMPTY]
    still = [one for one in stretches if one.label != EMPTY]
    found = [
        Figure(
            f"falls told, {name}",
            sum(one.falls for one in ones) if ones else None,
            0,
            at_least=False,
            note=f"{sum(one.us for one in ones) / _HOUR_US:.2f} h",
        )
        for name, ones in (("persons still", still), ("empty rooms", empty))
    ]
    for kind in dict.fromkeys(one.kind for one in disturbed):
        ones = [one for one in disturbed if one.kind == kind]
        falls = sum(one.falls for one in ones)
        found.append(
            Figure(f"falls told, {kind}", falls, 0, at_least=False, note=f"{len(ones)} minutes")
        )
    for label in ACTIONS:
        fell = [action.fell for action in actions if action.label == label]
        if fell:
            found.append(Figure(f"a fall told, action {label}", sum(fell), unit=f"of {len(fell)}"))
    return found
