"""The frames of a file, and what of the file was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.sensing.recordings.frames import (
    MAX_BYTES,
    UNKNOWN_SENDER,
    BadRecording,
    Frames,
    from_amplitudes,
)
from harness.sensing.recordings.importing.clock import Clock, even_times
from kernels_ref.carriers import layout_title

_SHOWN = 5
_INT8 = 127


class BadRow(Exception):
    """A line or row that should hold a frame and does not; the argument says why, in a clause."""


@dataclass(frozen=True)
class Broken:
    """A line that should hold a frame and does not."""

    line: int
    why: str


@dataclass(frozen=True)
class Raw:
    """One frame as a file has it.

    time: in the unit of its column; None where the file has none. samples: bytes as pairs
    (imaginary, real), or amplitudes.
    """

    line: int
    time: float | None
    samples: npt.NDArray[np.generic]
    sender: str = ""
    rssi: int = 0
    channel: int = 0
    layout: int = 0
    is_amplitude: bool = False


@dataclass
class Found:
    """Everything that a file has. clock: how its times are read."""

    clock: Clock = field(default_factory=Clock)
    raws: list[Raw] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    other_lines: int = 0
    notes: list[str] = field(default_factory=list)

    def reject(self, line: int, why: str) -> None:
        self.broken.append(Broken(line, why))


@dataclass(frozen=True)
class Imported:
    """Frames of one sender, and what was left out. notes: sentences for a person."""

    frames: Frames
    sender: str = ""
    other_senders: dict[str, int] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    other_lines: int = 0
    notes: list[str] = field(default_factory=list)

    def said(self) -> Iterator[str]:
        """Everything that a user of the recording should know."""
        rate = (len(self.frames) - 1) / self.frames.seconds if self.frames.seconds else 0.0
        yield (
            f"{len(self.frames)} frames in {self.frames.seconds:.1f} s, {rate:.1f} a second,"
            f" of {self.sender or 'one sender'}"
        )
        if len(sizes := Counter(self.frames.length.tolist())) > 1:
            listed = ", ".join(f"{n} of {size}" for size, n in sizes.most_common())
            yield f"they have several lengths in bytes: {listed}"
        for layout, n in Counter(self.frames.layout.tolist()).most_common():
            yield f"{n} of them: carriers {_told(layout)}"
        for name, count in self.other_senders.items():
            yield f"left out: {count} frames of {name}; --sender chooses"
        if self.broken:
            yield f"left out: {len(self.broken)} broken rows"
            for row in self.broken[:_SHOWN]:
                yield f"  line {row.line}: {row.why}"
            if len(self.broken) > _SHOWN:
                yield f"  and {len(self.broken) - _SHOWN} more"
        if self.other_lines:
            yield f"passed over: {self.other_lines} lines of something else"
        yield from self.notes


def _told(layout: int) -> str:
    return f"as of {layout_title(layout)}" if layout else "by the nulls of each frame"


def finish(found: Found, sender: str | None, rate_hz: float | None) -> Imported:
    """The frames of `sender`, or of the one with most frames, with times in microseconds.

    rate_hz: of the frames, for a file that does not say when they were taken. A lost frame then
    shifts the times of all later frames.

    Raises: BadRecording where no frame is left, or the times are not known.
    """
    counts = Counter(raw.sender for raw in found.raws)
    if not counts:
        first = f" Line {found.broken[0].line}: {found.broken[0].why}." if found.broken else ""
        raise BadRecording(f"It holds no frame that can be read.{first}")
    chosen = _choose(counts, sender)
    raws = [raw for raw in found.raws if raw.sender == chosen]
    notes = list(found.notes)
    if rate_hz is not None:
        times = even_times(len(raws), rate_hz)
        notes.append(f"times are assumed: {rate_hz:g} frames a second, none lost")
    elif any(raw.time is None for raw in raws):
        raise BadRecording(
            "Nothing in it says when its frames were taken.",
            "If you know how many frames a second there were, give it: --rate.",
        )
    else:
        times = found.clock.to_us(np.array([raw.time for raw in raws], np.float64))
        notes += found.clock.notes
    frames, more = _frames(raws, times, chosen)
    others = {name or "no name": n for name, n in counts.most_common() if name != chosen}
    return Imported(frames, chosen, others, found.broken, found.other_lines, notes + more)


def _choose(counts: Counter[str], sender: str | None) -> str:
    """The sender whose name, or a word of it, is `sender`."""
    if sender is None:
        return counts.most_common(1)[0][0]
    asked = sender.lower()
    found = [name for name in counts if asked in (name.lower(), *name.lower().split())]
    if len(found) != 1:
        listed = ", ".join(f"{name or 'no name'} ({n})" for name, n in counts.most_common())
        what = "frames of several" if found else "no frame of"
        raise BadRecording(f"It has {what} {sender}. It has: {listed}.")
    return found[0]


def _frames(raws: list[Raw], times: npt.NDArray[np.int64], sender: str) -> tuple[Frames, list[str]]:
    parts = [as_bytes(raw) for raw in raws]
    lengths = np.array([len(part) for part in parts], np.uint16)
    iq = np.zeros((len(parts), int(lengths.max())), np.int8)
    for row, part in zip(iq, parts, strict=True):
        row[: len(part)] = part
    channels = Counter(raw.channel for raw in raws)
    notes = []
    if len(channels) > 1:
        notes.append(
            f"several channels: {', '.join(map(str, channels))}; all are taken as one link"
        )
    scaled = sum(not raw.is_amplitude and _largest(raw) > _INT8 + 1 for raw in raws)
    if scaled:
        notes.append(f"{scaled} frames have samples beyond int8; each was halved until it fits")
    frames = Frames(
        us=times,
        iq=iq,
        length=lengths,
        layout=np.array([raw.layout for raw in raws], np.uint16),
        rssi=np.clip([raw.rssi for raw in raws], -128, 127).astype(np.int8),
        channel=channels.most_common(1)[0][0],
        senders=(_mac(sender),),
    )
    return frames, notes


def _largest(raw: Raw) -> float:
    return float(np.abs(raw.samples.astype(np.float64)).max(initial=0.0))


def as_bytes(raw: Raw) -> npt.NDArray[np.int8]:
    """A frame's bytes, pairs (imaginary, real)."""
    if raw.is_amplitude:
        pairs: npt.NDArray[np.int8] = from_amplitudes(raw.samples[None, :])[0]
        return pairs
    values = raw.samples.astype(np.float64)
    while values.max(initial=0) > _INT8 or values.min(initial=0) < -_INT8 - 1:
        values = values / 2
    return np.rint(values).astype(np.int8)


def problem_of(samples: npt.NDArray[np.generic], is_amplitude: bool) -> str:
    """What is wrong with the samples of a frame; empty where nothing is."""
    n = 2 * samples.size if is_amplitude else samples.size
    if n == 0:
        return "it has no samples"
    if n % 2:
        return f"{n} samples are no whole pairs"
    if n > MAX_BYTES:
        return f"{n} samples are more than {MAX_BYTES}"
    return ""


def _mac(name: str) -> bytes:
    """The name as an address; a made-up address for any other name."""
    try:
        raw = bytes.fromhex(name.replace(":", "").replace("-", ""))
    except ValueError:
        return UNKNOWN_SENDER
    return raw if len(raw) == len(UNKNOWN_SENDER) else UNKNOWN_SENDER
