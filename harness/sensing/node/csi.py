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
    """Frames in, counters and rates out. `restore` ends everything that is begun here."""

    def mock_scenario(self, scenario: Scenario, seed: int = 1) -> None:
        """Begins a synthetic scenario; its first frame comes within 50 ms of the node's time.

        With the seed of the scenario that plays it is the same room, and time in it goes on.
        """
        self.request("mock_scenario", MockRequest(int(scenario), seed))

    def mock_off(self) -> None:
        """Ends the scenario that plays."""
        self.request("mock_scenario", MockRequest(MOCK_OFF))

    def csi_status(self) -> CsiStatus:
        """What capture has counted since restore."""
        return self._ask(CsiStatus, "csi_status")

    def csi_filter(self, mac: bytes | None) -> None:
        """Frames of this sender only (6 bytes); None: everybody's."""
        self.request("csi_filter", CsiFilterRequest(int(mac is not None), tuple(mac or bytes(6))))

    def csi_hop(self, channels: Sequence[int], dwell_ms: int = 0) -> None:
        """The channels to go round, the first at once; none: stays where it is."""
        self.request("csi_hop", CsiHopRequest(dwell_ms).build() + bytes(channels))

    def csi_feed(self, rate_hz: float = 0.0) -> None:
        """Frames come by `csi_frame` from now on; the node learns the room anew.

        rate_hz: how many a second there will be, at most the gate's 100; 0: not known. The node
        goes by the frames' times all the same.
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
        """What the second sensor says at the node's present time."""
        self.request("mmwave", reading)

    def stream_rates(self, rates: StreamRates) -> None:
        """Which packets are sent, and how often."""
        self.request("stream_rates", rates)
