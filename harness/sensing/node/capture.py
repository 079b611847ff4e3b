"""What capture decides on a chip, asked without one."""

from __future__ import annotations

from collections.abc import Sequence

from harness.node.memory import ArenaApi
from harness.sensing.structs import (
    CsiReception,
    CsiReceptionRequest,
    RadioStamp,
    RadioStampsRequest,
    Reconnect,
    ReconnectRequest,
    Traffic,
    TrafficOutcome,
    TrafficRequest,
    TrafficStep,
)


class CaptureApi(ArenaApi):
    """The decisions are pure: nothing of the node's own capture changes."""

    def csi_reception(self, request: CsiReceptionRequest) -> CsiReception:
        """The layout words of a frame that a chip received so."""
        return self._ask(CsiReception, "csi_reception", request)

    def radio_times(self, frames: Sequence[tuple[int, int]]) -> list[int]:
        """When frames were received, in us of the node's clock, from the radio's stamp of each and
        the time at which it was handed over."""
        data = b"".join(RadioStamp(stamp, time_us).build() for stamp, time_us in frames)
        offset = self.arena_plan().take(len(data))
        self.arena_put(offset, data)
        self.request("radio_stamps", RadioStampsRequest(offset, len(frames)))
        out, size = self.arena_get(offset, len(data)), RadioStamp.sizeof()
        return [RadioStamp.parse(out[i : i + size]).time_us for i in range(0, len(out), size)]

    def reconnect_delay_ms(self, failures: int, draw: int) -> int:
        """How long a station waits after so many failures in a row."""
        return self._ask(Reconnect, "reconnect_delay", ReconnectRequest(failures, draw)).delay_ms

    def traffic(
        self, hz: int, outcomes: Sequence[TrafficOutcome], begin_us: int = 0
    ) -> tuple[list[TrafficStep], int]:
        """When questions with these outcomes are asked, and when the next one would be."""
        data = b"".join(TrafficStep(outcome).build() for outcome in outcomes)
        offset = self.arena_plan().take(len(data))
        self.arena_put(offset, data)
        request = TrafficRequest(hz, begin_us, offset, len(outcomes))
        next_us = self._ask(Traffic, "traffic", request).next_us
        out, size = self.arena_get(offset, len(data)), TrafficStep.sizeof()
        return [TrafficStep.parse(out[i : i + size]) for i in range(0, len(out), size)], next_us
