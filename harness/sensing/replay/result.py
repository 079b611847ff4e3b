"""A replay from beginning to end: boots go through the node and are compared with the twin."""

from __future__ import annotations

import contextlib
import datetime
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from harness.errors import BenchError, DeviceFault
from harness.sensing.node import SensingNode
from harness.sensing.replay.compare import Compared, FeatureErrors, compare_with_twin
from harness.sensing.replay.feed import Replay, feed
from harness.sensing.replay.frames import Boot, Recorded
from harness.sensing.replay.said import Said, interval_for, said_over_time

GATED = "came too soon after another for a node's capture"
REFUSED = "was refused by the node's features"

Percent = Callable[[str], Callable[[int, int], None]]
"""Is called with what is being done; gives what to call with how many are done, of how many."""


class ReplayFailed(BenchError):
    """The replay itself failed, so the node was not judged."""

    def __init__(self, doing: str, error: Exception) -> None:
        super().__init__(
            f"The replay failed while {doing}: {type(error).__name__}: {error}.",
            "This is a fault of the tool, not of the node.",
        )


@dataclass
class Replayed:
    """A boot, what the node sent, the comparison; said: what it said over time, for a person."""

    boot: Boot
    replay: Replay
    compared: Compared
    said: list[Said]

    @property
    def left_out(self) -> Counter[str]:
        """How many frames of the boot made no features, by reason."""
        refused = self.replay.seen[-1].refused if self.replay.seen else 0
        return +Counter({GATED: self.replay.gated, REFUSED: refused})


@dataclass
class Result:
    """Everything about one replay."""

    file: str
    recorded: Recorded
    boots: list[Replayed]

    @property
    def replayed(self) -> int:
        """Frames that the node took."""
        return self.recorded.heard - self.left_out.total()

    @property
    def left_out(self) -> Counter[str]:
        """How many raw frames made no features, by reason."""
        return sum((boot.left_out for boot in self.boots), +self.recorded.left_out)

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {
            "recording": self.file,
            "node": self.recorded.sender.node,
            "sender": self.recorded.sender.address,
            "heard": self.recorded.heard,
            "replayed": self.replayed,
            "left_out": dict(self.left_out),
            "notes": self.recorded.notes,
            "boots": [_boot_as_json(boot) for boot in self.boots],
        }


def _boot_as_json(replayed: Replayed) -> dict[str, Any]:
    boot = replayed.boot
    return {
        "frames": len(boot.frames),
        "lost": boot.lost,
        "rate_hz": boot.rate_hz,
        "seconds": boot.seconds,
        "clock": boot.clock.name.lower(),
        "heard_at": None if boot.heard_at is None else moment(boot.heard_at),
        "said": [asdict(said) for said in replayed.said],
        "features": [_feature_as_json(errors) for errors in replayed.compared.errors],
        "decided_otherwise": replayed.compared.decided_otherwise,
    }


def _feature_as_json(errors: FeatureErrors) -> dict[str, Any]:
    return {
        "name": errors.name,
        "ticks": len(errors.sent),
        "smallest": float(errors.sent.min()),
        "largest": float(errors.sent.max()),
        "worst_error": errors.worst_error,
        "share_of_bound": errors.worst_share,
    }


def moment(seconds: float) -> str:
    """A capture's time as a person writes it, in this machine's time zone."""
    return f"{datetime.datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}"


def replay_all(
    node: SensingNode, recorded: Recorded, file: str, percent: Percent, every_s: float | None = None
) -> Result:
    """Replays every boot of a recording, each on a node that has just been restored.

    every_s: the length of a stretch of time in what the node said; None to choose it by the boot's
    length. Raises what Node raises; ReplayFailed when the replay itself fails.
    """
    boots = []
    for boot in recorded.boots:
        with faults_of_the_tool("handing the frames over"):
            replay = feed(node, boot, percent("replaying"))
        with faults_of_the_tool("comparing"):
            begin_us = boot.frames[0].ts_us - replay.shift_us
            every = every_s or interval_for(boot.seconds)
            said = said_over_time(replay.packets, begin_us, boot.seconds, every)
            compared = compare_with_twin(replay, percent("comparing"))
        boots.append(Replayed(boot, replay, compared, said))
    return Result(file, recorded, boots)


@contextlib.contextmanager
def faults_of_the_tool(doing: str) -> Iterator[None]:
    """Turns errors that are neither the node's nor the bench's fault into ReplayFailed."""
    try:
        yield
    except (BenchError, DeviceFault, AssertionError, OSError):
        raise
    except Exception as error:
        raise ReplayFailed(doing, error) from error
