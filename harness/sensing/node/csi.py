"""Channel state: the synthetic source, capture, and the streams made of it."""

from __future__ import annotations

from collections.abc import Sequence

from harness.node.session import SessionApi
from harness.node.structs import NodeTime
from harness.sensing.structs.csi import (
    MOCK_OFF,
    CsiFeedRequest,
    CsiFilterRequest,
    CsiFrameRequest,
    CsiHopRequest,
    CsiStatus,
    MockRequest,
)
from harness.sensing.structs.sense import MmwaveReading, SenseStatus, StreamRates
from kernels_ref.edge.mock import Scenario


class CsiApi(SessionApi):
    """Brings frames and reads counters. `restore` ends everything that is started here."""

    def mock_scenario(self, scenario: Scenario, seed: int = 1) -> None:
        """Starts a synthetic scenario; its first frame comes within 50 ms of the node's time.

        With the seed of the scenario that runs already, the room stays the same and its time goes
        on.
        """
        self.request("mock_scenario", MockRequest(int(scenario), seed))

    def mock_off(self) -> None:
        """Ends the scenario that runs."""
        self.request("mock_scenario", MockRequest(MOCK_OFF))

    def csi_status(self) -> CsiStatus:
        """What capture has counted since restore."""
        return self._ask(CsiStatus, "csi_status")

    def csi_filter(self, mac: bytes | None) -> None:
        """Takes frames of this sender only (6 bytes), or with None of every sender."""
        self.request("csi_filter", CsiFilterRequest(int(mac is not None), tuple(mac or bytes(6))))

    def csi_hop(self, channels: Sequence[int], dwell_ms: int = 0) -> None:
        """Hops over these channels, the first of them at once; none: stays on its channel."""
        self.request("csi_hop", CsiHopRequest(dwell_ms).build() + bytes(channels))

    def csi_feed(self, rate_hz: float = 0.0) -> None:
        """From now on frames come by `csi_frame`; the node learns the room again.

        rate_hz: how many frames a second there will be, at most 100, which the gate allows; 0: not
        known. The node measures the rate by the frames' times in any case.
        """
        self.request("csi_feed", CsiFeedRequest(rate_hz))

    def csi_frame(self, header: CsiFrameRequest, iq: bytes) -> int:
        """Hands a frame to capture as a radio's callback would, after_us later on a stepped clock;
        returns the node's time then, in us."""
        request = header.build() + iq
        return self._ask(NodeTime, "csi_frame", request, slow=header.after_us > 0).now_us

    def sense_status(self) -> SenseStatus:
        """What the node has made of the frames so far."""
        return self._ask(SenseStatus, "sense_status")

    def recalibrate(self) -> None:
        """Makes the node learn the empty room again, from now on."""
        self.request("recalibrate")

    def mmwave(self, reading: MmwaveReading) -> None:
        """Reports a reading of the second sensor, at the node's current time."""
        self.request("mmwave", reading)

    def stream_rates(self, rates: StreamRates) -> None:
        """Sets which packets are sent, and how often."""
        self.request("stream_rates", rates)
