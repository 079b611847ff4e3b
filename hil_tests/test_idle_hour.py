"""An hour of node time with nothing to do, in seconds, without a gap."""

from __future__ import annotations

import pytest

from harness.node import Node
from hil_tests.support.model import random_model
from hil_tests.support.packets import check_sequence, decoded
from kernels_ref import ModelShape
from kernels_ref.packets import FeatureState, TemporalClassification

HOUR_S = 3600
# As small as nine features allow: what is tested is the cadence, not the arithmetic.
TINY = ModelShape(input_dim=9, n_q_heads=1, n_kv_heads=1, head_dim=1, n_layers=1, n_classes=2)


@pytest.mark.slow
@pytest.mark.needs("stepped-clock")
def test_an_idle_hour_has_no_gap(node: Node, clean_weights: None) -> None:
    node.upload_weights(random_model(TINY, 301).blob, force=True)
    node.start_task(input_dim=9, window_len=32, n_classes=2)
    heap = node.status().heap_free
    node.mirror(True)
    node.advance(seconds=HOUR_S)
    sent = list(map(decoded, node.packet_bytes))
    features = [packet for packet in sent if isinstance(packet, FeatureState)]
    results = [packet for packet in sent if isinstance(packet, TemporalClassification)]
    assert [packet.ts_us for packet in features] == [200_000 * i for i in range(1, 18_001)]
    assert [packet.ts_us for packet in results] == [1_000_000 * i for i in range(1, 3_601)]
    check_sequence([packet.seq for packet in results])
    check_sequence([packet.seq for packet in features], features[0].seq)
    status = node.status()
    assert (status.queue_drops, status.classify_errors, status.packets_failed) == (0, 0, 0)
    assert status.heap_free == heap
    assert (node.events_lost, node.events_repeated) == (0, 0)
