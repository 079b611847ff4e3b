"""What the temporal head is fed with: feature states, or Doppler bands; never both."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.csi import CsiFrameRequest
from harness.sensing.structs.settings import Setting
from harness.sensing.structs.state import HeadState, SensingBootReport
from hil_tests.support.judge import Judge
from hil_tests.support.model import REFERENCE
from hil_tests.support.packets import classifications, packets_of
from kernels_ref.edge.config import CsiFrame, EdgeConfig
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import FeatureState, TemporalFeed

pytestmark = [pytest.mark.reboots, pytest.mark.needs("head")]

BINS = 64
QUEUE = 32
SILENCE_S = 0.8  # at most, of the radio of this room
CARRIERS = 52
STEP_US = 20_000
SENDER = (2, 0, 0, 0, 0, 1)
STATE_FLOATS, SPECTRUM_FLOATS = 9, 16

Feed = Callable[..., SensingBootReport]


@pytest.fixture
def fed(node: SensingNode) -> Feed:
    """Sets what the head is fed with, and puts it in force; answers what the node then reports."""

    def apply(feed: TemporalFeed, hop: int = 10, tier: int = 2) -> SensingBootReport:
        node.setting(Setting.TEMPORAL_FEED, feed)
        node.setting(Setting.SPECTRUM_HOP, hop)
        node.setting(Setting.EDGE_TIER, tier)
        node.restore()
        return node.boot_report()

    return apply


def moving(n: int) -> list[npt.NDArray[np.int8]]:
    """Frames of a path that grows by four wavelengths a second, [CARRIERS, 2] each."""
    rng = np.random.default_rng(3)
    k = np.arange(CARRIERS)
    way = 4.0 * np.arange(n) * STEP_US / 1e6
    z = 40 * np.exp(0.1j * k) + 15 * np.exp(2j * np.pi * way[:, None] - 0.3j * k)
    parts = np.stack([z.imag, z.real], axis=2) + rng.normal(0, 1, (n, CARRIERS, 2))
    return list(np.rint(parts).astype(np.int8))


def play(node: SensingNode, frames: list[npt.NDArray[np.int8]]) -> list[CsiFrame]:
    """Hands them to the node 50 a second; answers them with their times."""
    header = CsiFrameRequest(SENDER, 6, 1, CARRIERS, -50, -92, after_us=STEP_US)
    times = [node.csi_frame(header, iq.tobytes()) for iq in frames]
    node.advance(ms=1)
    return [
        CsiFrame(t, iq, CARRIERS, mac=bytes(SENDER), channel=6, rssi=-50, noise_floor=-92)
        for t, iq in zip(times, frames, strict=True)
    ]


def spectra_of(node: SensingNode, frames: list[CsiFrame], hop: int) -> npt.NDArray[np.float32]:
    """[spectra, 16], by a second context of the edge features in the same node."""
    with node.edge(EdgeConfig(spectrum_every=hop)) as edge:
        seen = [result.features for result in edge.push(frames)]
    found = [b.spectrum for a, b in pairwise(seen) if b.spectra > a.spectra]
    return np.array(found, np.float32)


@pytest.mark.needs("memory", 96 * 1024)
@pytest.mark.parametrize("hop", [10, 3, 20])
def test_the_head_classifies_spectra(node: SensingNode, judge: Judge, fed: Feed, hop: int) -> None:
    """Every one of them, sixteen floats with nothing added, and nothing else."""
    assert fed(TemporalFeed.SPECTRUM, hop).temporal_feed == TemporalFeed.SPECTRUM
    node.mirror(True)
    frames = play(node, moving(BINS + 12 * hop))
    result = node.classify()
    spectra = spectra_of(node, frames, hop)
    assert len(spectra) >= 10
    assert result.n_frames == len(spectra)
    expected = REFERENCE.expect(spectra)
    judge.within("logits", ("class",), result.logits, expected.logits, expected.budget)
    status = node.status()
    assert (status.frames_pushed, status.frames_short) == (len(spectra), 0)
    assert {packet.feed for packet in classifications(node)} == {TemporalFeed.SPECTRUM}
    states = (BINS + 12 * hop) // 10
    assert len(packets_of(node, FeatureState)) == states, "feature states are sent as ever"


def test_states_are_fed_where_nothing_is_set(node: SensingNode) -> None:
    """Nine floats, five times a second; the packet and the boot report say so."""
    assert node.boot_report().temporal_feed == TemporalFeed.STATE
    node.mirror(True)
    node.advance(seconds=4)
    status = node.status()
    assert (status.frames_pushed, status.frames_short) == (20, 20)
    assert {packet.feed for packet in classifications(node)} == {TemporalFeed.STATE}


def test_without_channel_state_there_is_no_spectrum(node: SensingNode, fed: Feed) -> None:
    """Feature states of nothing go on, and the head is not fed with them."""
    fed(TemporalFeed.SPECTRUM)
    node.mirror(True)
    node.advance(seconds=4)
    assert node.status().frames_pushed == 0
    assert classifications(node) == []
    assert len(packets_of(node, FeatureState)) == 20


@pytest.mark.parametrize(("hop", "a_second"), [(10, 5), (4, 12.5), (1, 50), (20, 2.5), (50, 1)])
def test_spectra_a_second(node: SensingNode, fed: Feed, hop: int, a_second: float) -> None:
    """Whatever the rate of the frames: the hop is one of time. The radio of this room falls silent
    now and then."""
    fed(TemporalFeed.SPECTRUM, hop)
    node.mock_scenario(Scenario.WALKING, 5)
    node.advance(seconds=3)
    before = node.sense_status().features.spectra
    node.advance(seconds=8)
    made = node.sense_status().features.spectra - before
    assert abs(made - 8 * a_second) <= max(2, 0.5 * a_second)
    status = node.status()
    assert status.frames_pushed + status.queue_drops == before + made
    if a_second * SILENCE_S < QUEUE:
        assert status.queue_drops == 0


def test_a_silence_is_not_classified(node: SensingNode, fed: Feed) -> None:
    """What the head knew is not said again and again; with frames it goes on from the beginning."""
    fed(TemporalFeed.SPECTRUM)
    play(node, moving(150))
    node.mirror(True)
    node.advance(seconds=2)
    assert classifications(node), "for three seconds it is not known that nobody sends"
    node.advance(seconds=2)
    heard = len(classifications(node))
    node.advance(seconds=5)
    assert len(classifications(node)) == heard
    play(node, moving(BINS + 30))
    assert node.classify().n_frames == 3
    node.advance(seconds=1)
    assert classifications(node)[-1].seq == heard + classifications(node)[0].seq


def test_spectra_need_the_tier_that_computes_them(node: SensingNode, fed: Feed) -> None:
    boot = fed(TemporalFeed.SPECTRUM, tier=1)
    assert boot.head_state is HeadState.OFF
    assert boot.head_reason == "the feed spectrum needs edge_tier 2, it is 1"
    node.mirror(True)
    node.mock_scenario(Scenario.WALKING, 5)
    node.advance(seconds=3)
    assert classifications(node) == []
    assert len(packets_of(node, FeatureState)) == 15
    assert fed(TemporalFeed.SPECTRUM).head_state is HeadState.ON
    assert fed(TemporalFeed.STATE, tier=1).head_state is HeadState.ON


def test_the_feed_survives_a_reset_and_can_be_taken_back(node: SensingNode, fed: Feed) -> None:
    fed(TemporalFeed.SPECTRUM, 5)
    boot = node.reset()
    assert boot.temporal_feed == TemporalFeed.SPECTRUM
    assert node.settings().spectrum_hop == 5
    assert any("fed with spectra" in line.text for line in node.log)
    assert fed(TemporalFeed.STATE).temporal_feed == TemporalFeed.STATE
    node.advance(seconds=2)
    assert node.status().frames_pushed == 10


def test_frames_of_one_feed_are_not_mixed_with_the_other_s(node: SensingNode, fed: Feed) -> None:
    """A head that goes on with another feed has forgotten what it was fed with."""
    node.advance(seconds=4)
    assert node.classify().n_frames == 20
    fed(TemporalFeed.SPECTRUM)
    play(node, moving(BINS + 30))
    assert node.classify().n_frames == 3
