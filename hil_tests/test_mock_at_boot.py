"""An image that senses a synthetic room from boot on: `--overlay mock`."""

from __future__ import annotations

import numpy as np
import pytest

from harness.node import ClockMode
from harness.sensing.node import SensingNode
from harness.sensing.structs.csi import CsiSource
from hil_tests.support.packets import packets_of
from hil_tests.support.scene import without_head
from kernels_ref.edge import mock
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import FeatureState, RawCsiFrame

pytestmark = pytest.mark.needs("mock-at-boot")

SEED = 1  # as in Kconfig


def test_it_senses_the_empty_room(node: SensingNode) -> None:
    without_head(node)
    node.mirror(True)
    node.advance(seconds=5)
    status = node.csi_status()
    assert (status.source, status.scenario) == (CsiSource.MOCK, Scenario.EMPTY)
    sent = np.stack([packet.pairs()[0] for packet in packets_of(node, RawCsiFrame)])
    expected = mock.heard(Scenario.EMPTY, SEED, 5 * mock.RATE_HZ)
    np.testing.assert_array_equal(sent, expected.iq)


def test_it_senses_on_the_real_clock(node: SensingNode) -> None:
    node.restore(ClockMode.REAL)
    node.mirror(True)
    node.wait_packet(RawCsiFrame.SCHEMA.layout.magic or 0)
    node.wait_packet(FeatureState.SCHEMA.layout.magic or 0)
    assert node.csi_status().accepted > 0


@pytest.mark.reboots
def test_it_senses_after_a_reset(node: SensingNode) -> None:
    node.reset()
    node.mirror(True)
    node.wait_packet(RawCsiFrame.SCHEMA.layout.magic or 0)
    assert node.csi_status().source == CsiSource.MOCK
