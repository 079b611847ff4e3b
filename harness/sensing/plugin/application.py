"""What the bench asks of the sensing node's firmware."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from harness.node.esp_err import EspErr
from harness.node.framing import Event
from harness.node.layout import StructLayout
from harness.node.node import Node
from harness.plugin.application import Application
from harness.sensing.node import SensingNode, expected_layouts
from harness.sensing.plugin.options import ON_REQUEST, check_options, repeat_words
from harness.sensing.reception.udp import UdpSource
from harness.sensing.structs.settings import Setting
from harness.target import Capability
from kernels_ref.packets import PacketError, decode

_NETWORK = Capability("network")


class SensingApplication(Application[SensingNode]):
    """network: the session's own UDP port; None where its nodes cannot reach it."""

    node_type = SensingNode
    sampled = (
        "heap_free",
        "heap_min_free",
        "stack_free_main",
        "stack_free_temporal",
        "queue_drops",
    )
    on_request = ON_REQUEST

    def __init__(self) -> None:
        self.network: UdpSource | None = None
        self._traffic: dict[SensingNode, Traffic] = {}

    def check_options(self, config: pytest.Config) -> None:
        check_options(config)

    def repeat_words(self, config: pytest.Config) -> list[str]:
        return repeat_words(config)

    def takes_as_found(self, config: pytest.Config) -> bool:
        """`-m accuracy` measures the model that is on the board, so it leaves the board as it
        is."""
        return bool(config.option.markexpr == "accuracy")

    def layouts(self) -> list[StructLayout]:
        return expected_layouts()

    def begin(self, capabilities: frozenset[Capability]) -> None:
        if _NETWORK in capabilities:
            # Nodes that reach it run on this machine; an emulator's network ends here too.
            self.network = UdpSource("127.0.0.1", 0)
            self.network.claim()

    def attach(self, node: SensingNode) -> None:
        self._traffic[node] = Traffic(node)

    def started(self, node: SensingNode) -> None:
        node.target_port = self.network.port if self.network else 0

    def settle(self, node: SensingNode) -> None:
        self._traffic[node].settle()

    def records(self, node: SensingNode) -> Iterator[tuple[str, dict[str, Any]]]:
        traffic = self._traffic[node]
        traffic.settle()
        yield (
            "traffic",
            {
                "decoded": traffic.decoded,
                "refused": traffic.refused,
                "lines_lost": node.events_lost_ever,
            },
        )

    def end(self) -> None:
        if self.network is not None:
            self.network.release()

    def traces(self, node: SensingNode) -> list[str]:
        weights = [
            f"weights in slot {slot}"
            for slot, error in enumerate(node.boot.slot_error)
            if error != EspErr.ESP_ERR_NOT_FOUND
        ]
        return weights + [f"setting {name}" for name in node.changed_settings()]

    def wipe(self, node: SensingNode) -> None:
        node.default_settings()
        node.partition_erase(0, node.partition_info().size)

    def take_number(self, node: SensingNode, number: int) -> str:
        if node.settings().node_id != number:
            node.setting(Setting.NODE_ID, number)
            node.restore()
        return str(node.settings().node_id)


@pytest.hookimpl
def pytest_hil_application(config: pytest.Config) -> SensingApplication:
    return SensingApplication()


class Traffic:
    """Every packet that a node mirrored in a session, checked against the schema.

    decoded: packets by name. refused: datagrams that are not packets, by reason. `settle` decodes
    them between tests, because each takes 20 us.
    """

    def __init__(self, node: Node) -> None:
        self.decoded: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        node.tap_events(self._take)

    def _take(self, event: Event) -> None:
        if event.name == "packet":
            self._heard.put(event.payload)

    def settle(self) -> None:
        """Decodes what has come since the last call."""
        while not self._heard.empty():
            try:
                packet = decode(self._heard.get())
            except PacketError as error:
                self.refused[error.reason.value] += 1
            else:
                self.decoded[packet.SCHEMA.layout.name] += 1
