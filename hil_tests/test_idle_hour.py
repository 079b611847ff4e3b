"""An hour of node time with nothing to do, in seconds, without a gap."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.settings import Setting
from hil_tests.support.heap import settled_heap
from hil_tests.support.model import random_model
from hil_tests.support.packets import check_sequence, decoded
from kernels_ref import ModelShape
from kernels_ref.packets import FeatureState, Packet, TemporalClassification

pytestmark = pytest.mark.needs("head")

HOUR_S = 3600
# As small as nine features allow: what is tested is the cadence, not the arithmetic.
TINY = ModelShape(input_dim=9, n_q_heads=1, n_kv_heads=1, head_dim=1, n_layers=1, n_classes=2)


class Many:
    """Thousands of packets of one kind, read by column: decoding each would take longer than the
    node does. Every CRC is checked, and every hundredth packet is decoded by the schema."""

    def __init__(self, kind: type[Packet], datagrams: list[bytes]) -> None:
        self.layout = kind.SCHEMA.layout
        start = self.layout.magic.to_bytes(4, "little")
        own = [data for data in datagrams if data.startswith(start)]
        assert {len(data) for data in own} == {self.layout.size}
        assert all(zlib.crc32(data[:-4]) == int.from_bytes(data[-4:], "little") for data in own)
        assert all(isinstance(decoded(data), kind) for data in own[::100])
        self.rows = np.frombuffer(b"".join(own), np.uint8).reshape(len(own), -1)

    def column(self, name: str) -> list[int]:
        """Return one unsigned field of all packets."""
        field = next(f for f in self.layout.fields if f.name == name)
        part = np.ascontiguousarray(self.rows[:, field.offset : field.offset + field.size])
        return part.view(f"<u{field.size}").reshape(-1).tolist()


@pytest.mark.slow
@pytest.mark.needs("stepped-clock")
def test_an_idle_hour_has_no_gap(node: SensingNode, clean_weights: None) -> None:
    node.setting(Setting.EMBED_WEIGHTS, 0)  # the image's would go before weights of another shape
    node.restore()
    node.upload_weights(random_model(TINY, 301).blob, force=True)
    node.start_task(input_dim=9, window_len=32, n_classes=2)
    node.mirror(True)
    node.advance(seconds=HOUR_S / 2)
    heap = settled_heap(node)  # an operating system allocates what it first needs, once
    node.advance(seconds=HOUR_S / 2)
    sent = node.packet_bytes
    features, results = Many(FeatureState, sent), Many(TemporalClassification, sent)
    assert features.column("ts_us") == [200_000 * i for i in range(1, 18_001)]
    assert results.column("ts_us") == [1_000_000 * i for i in range(1, 3_601)]
    check_sequence(features.column("seq"))
    check_sequence(results.column("seq"))
    status = node.status()
    assert (status.queue_drops, status.classify_errors, status.packets_failed) == (0, 0, 0)
    assert settled_heap(node) == heap
    assert (node.events_lost, node.events_repeated) == (0, 0)
