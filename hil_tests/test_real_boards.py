"""The node on recordings of real boards, against what is known of them and against plain numpy.

Nobody here made the right answers of these tests: they are the labels and READMEs of recordings,
and the vendor's description of a frame. Where there are none they are skipped, and that is said.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.compare import Budget, Term
from harness.sensing.node import SensingNode
from harness.sensing.recordings.frames import Frames, Recording
from harness.sensing.structs.csi import CsiFrameRequest
from harness.sensing.structs.edge import EdgeFeatures
from hil_tests.support.judge import Judge
from hil_tests.support.packets import decoded
from hil_tests.support.recorded import (
    RISING,
    WRAPPED,
    Picture,
    bins,
    csi_frames,
)
from hil_tests.support.recordings import recordings
from kernels_ref.edge.config import CsiFrame, EdgeConfig, Quality
from kernels_ref.packets import EdgeVitals, FeatureState, Packet, VitalsFlags

pytestmark = pytest.mark.needs("memory", 96 * 1024)

# Minutes of a radio: every target computes the same bits, so they are heard where that is quick.
at_full_speed = pytest.mark.needs("full-speed")

BPM = 1.0
FLOAT32 = 64 * 2.0**-24  # 64 amplitudes are added up, each addition is rounded once

BREATH = Quality.RESPIRATION_VALID


def features(node: SensingNode, frames: list[CsiFrame]) -> list[EdgeFeatures]:
    with node.edge(EdgeConfig()) as edge:
        return [result.features for result in edge.push(frames)]


def breathing_at(truth_bpm: float) -> list[Recording]:
    """Of the first three subjects."""
    every = recordings("embedded_wifi_sensing", "breathing")
    return [r for r in every if r.truth_bpm == truth_bpm][:3]


# ---- what a frame is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data_set", "label", "picture"),
    [
        ("embedded_wifi_sensing", "walking", WRAPPED),
        ("pulse_wifi_sensing", "walking", RISING),
        ("wisensing_esp32", "walking", RISING),
    ],
    ids=["wrapped", "rising", "rising, another room"],
)
def test_bins_are_those_of_plain_numpy(
    node: SensingNode, judge: Judge, data_set: str, label: str, picture: Picture
) -> None:
    """Order, nulls, invalid first word, byte order, gain, and what falls into 20 ms."""
    recording = recordings(data_set, label)[0]
    frames = csi_frames(recording.frames().chosen(slice(0, 500)))
    expected = {number: (n, ratio) for number, n, ratio in bins(frames, picture)}
    seen, wanted = [], []
    with node.edge(EdgeConfig(spectrum_every=10)) as edge:
        edge.push(frames[:300])  # every carrier has been heard by then
        last = frames[299].ts_us // 20_000
        for frame in frames[300:]:
            edge.push([frame])
            if frame.ts_us // 20_000 == last:
                continue
            told, last = edge.last_bin(), frame.ts_us // 20_000
            before = max(number for number in expected if number < last)
            n, ratio = expected[before]
            seen.append([*told.n, *told.ratio])
            wanted.append([*n, *np.stack([ratio.real, ratio.imag], axis=1).reshape(-1)])
    assert len(seen) > 50
    truth = np.array(wanted)
    budget = Budget((Term("float32", FLOAT32 * (1 + np.abs(truth)) * 4, "sums of 64 in float32"),))
    judge.within(f"bins of {recording}", ("bin", "value"), np.array(seen), truth, budget)


@pytest.mark.parametrize("label", ["walking", "sit-down"])
def test_the_signal_comes_later_than_the_receiver_thinks(node: SensingNode, label: str) -> None:
    """Paths only ever add delay: phases fall from carrier to carrier, in nearly every frame.

    A receiver begins its window early rather than late. Pairs taken as (real, imaginary) would show
    the opposite: every path ahead of the sender.
    """
    frames = csi_frames(
        recordings("embedded_wifi_sensing", label)[0].frames().chosen(slice(0, 400))
    )
    slopes = []
    with node.edge(EdgeConfig(spectrum_every=10)) as edge:
        for frame in frames:
            edge.push([frame])
            ratio = np.array(edge.last_bin().ratio).reshape(-1, 2)
            slopes.append(np.angle(np.sum(ratio @ [1, 1j])))
    falling = float(np.mean(np.array(slopes[10:]) < 0))
    assert falling > 0.9, f"phases fall in {falling:.0%} of the bins"


# ---- what happened ------------------------------------------------------------------------------


@at_full_speed
@pytest.mark.parametrize("truth_bpm", [10.0, 15.0, 20.0])
def test_breathing_that_is_called_valid_is_right(node: SensingNode, truth_bpm: float) -> None:
    """Three minutes of each who breathes at a set pace; not everybody's breath is clear enough."""
    shares = [_check_breathing(r, node, r.frames()) for r in breathing_at(truth_bpm)]
    assert max(shares) > 0.5, f"{truth_bpm}/min: valid in {shares} of the time"


@at_full_speed
def test_breathing_whatever_the_rate_of_frames(node: SensingNode) -> None:
    """50 a second at first, then 12, then 30, unevenly, with silences of a second."""
    rng = np.random.default_rng(4)

    def thinned(frames: Frames) -> Frames:
        s = (frames.us - frames.us[0]) / 1e6
        share = np.where(s < 60, 1.0, np.where(s < 120, 0.24, 0.6))
        return frames.chosen((rng.random(len(s)) < share) & (s % 20 > 1))

    recording = breathing_at(10.0)[0]
    assert _check_breathing(recording, node, thinned(recording.frames())) > 0.2


@at_full_speed
def test_breathing_in_every_other_frame(node: SensingNode) -> None:
    """The same breath, whether its picture is taken 50 times a second or 25."""
    recording = breathing_at(10.0)[0]
    frames = recording.frames()
    assert _check_breathing(recording, node, frames.chosen(slice(None, None, 2))) > 0.5


def _check_breathing(recording: Recording, node: SensingNode, frames: Frames) -> float:
    """The share of the time in which it is valid."""
    assert recording.truth_bpm
    seen = features(node, csi_frames(frames))
    valid = [f for f in seen if f.quality_flags & BREATH]
    off = np.array([abs(f.respiration_bpm - recording.truth_bpm) for f in valid])
    right = float(np.mean(off <= BPM)) if valid else 1.0
    assert right >= 0.95, f"{recording}: of what is called valid {right:.0%} are within {BPM}/min"
    assert sum(f.fall for f in seen) == 0, f"{recording}: a fall of somebody who lies still"
    return len(valid) / len(seen)


@at_full_speed
def test_who_walks_moves_and_who_lies_still_does_not(node: SensingNode) -> None:
    still = features(node, csi_frames(breathing_at(15.0)[0].frames().chosen(slice(0, 3000))))
    walk = recordings("embedded_wifi_sensing", "walking")[0]
    moving = features(node, csi_frames(walk.frames()))
    calm = np.array([f.motion_energy for f in still[500:]])
    lively = np.array([f.motion_energy for f in moving[200:]])
    ratio = float(np.median(lively) / np.median(calm))
    assert ratio > 2.5, f"movement while walking is {ratio:.2f} times that of somebody still"


@at_full_speed
def test_a_walker_is_told_from_the_empty_room(node: SensingNode) -> None:
    """Half a minute of the empty room, then somebody walks."""
    empty = recordings("pulse_wifi_sensing", "empty")[0].frames().between(0, 32e6)
    walk = recordings("pulse_wifi_sensing", "walking")[0].frames().shifted(32_500_000)
    seen = features(node, [*csi_frames(empty), *csi_frames(walk)])
    before, after = seen[: len(empty)], seen[len(empty) :]
    assert not any(f.active for f in before), "movement in the empty room"
    since = next((f.ts_us - 32_500_000 for f in after if f.active), None)
    assert since is not None and since <= 15e6, f"the walker is noticed after {since} us"
    assert after[-1].presence >= 0.5


@at_full_speed
def test_one_odd_frame_is_no_fall(node: SensingNode) -> None:
    """One frame of somebody still that was taken 50 ns late: its phases turn by carrier."""
    frames = csi_frames(breathing_at(15.0)[0].frames().chosen(slice(0, 2600)))
    k = np.where(np.arange(64) < 32, np.arange(64), np.arange(64) - 64)
    for place in (2300, 2350, 2351):
        pairs = frames[place].iq.astype(float)
        z = (pairs[:, 1] + 1j * pairs[:, 0]) * np.exp(-2j * np.pi * 312_500 * 50e-9 * k)
        iq = np.stack([z.imag, z.real], axis=1).round().clip(-128, 127).astype(np.int8)
        frames[place] = replace(frames[place], iq=iq)
    seen = features(node, frames)
    assert sum(f.fall for f in seen) == 0
    assert not any(f.active for f in seen[2300:]), "an odd frame is no movement"


@at_full_speed
def test_gain_steps_are_neither_movement_nor_fall(node: SensingNode) -> None:
    frames = csi_frames(breathing_at(15.0)[0].frames().chosen(slice(0, 2600)))
    quieter = [
        replace(f, iq=(f.iq // 2).astype(np.int8)) if (i // 37) % 2 else f
        for i, f in enumerate(frames)
    ]
    seen, plain = features(node, quieter), features(node, frames)
    assert sum(f.fall for f in seen) == 0
    ratio = np.median([f.motion_energy for f in seen]) / np.median([f.motion_energy for f in plain])
    assert ratio < 1.5, f"steps of 6 dB make {ratio:.2f} times the movement"


# ---- what is sent -------------------------------------------------------------------------------


@pytest.mark.needs("stepped-clock")
def test_a_silence_in_a_recording_is_told(node: SensingNode) -> None:
    """This board was not heard for many seconds, after it had learnt the room: nobody knows."""
    frames = recordings("csi_motion_detection")[0].frames()
    gap = int(np.argmax(np.diff(frames.us)))
    seconds = float(frames.us[gap + 1] - frames.us[gap]) / 1e6
    assert seconds > 20
    node.csi_feed()
    node.mirror(True)
    around = frames.chosen(slice(gap - 400, gap + 60))
    before, after = (
        csi_frames(around.chosen(slice(0, 401))),
        csi_frames(around.chosen(slice(401, None))),
    )
    told = _play(node, before)
    last_state = [p for p in told if isinstance(p, FeatureState)][-1]
    assert last_state.quality_flags & Quality.PRESENCE_VALID, "it has learnt the room"
    assert not any(v.flags & VitalsFlags.UNKNOWN for v in told if isinstance(v, EdgeVitals))
    node.clear_packets()
    quiet_from = node.advance(us=3_100_000)
    node.clear_packets()
    node.advance(us=round((seconds - 3.2) * 1e6))
    silent = [decoded(data) for data in node.packet_bytes]
    vitals = [p for p in silent if isinstance(p, EdgeVitals)]
    states = [p for p in silent if isinstance(p, FeatureState)]
    assert len(vitals) >= 15 and len(states) >= 80, f"from {quiet_from} us on"
    for packet in vitals:
        assert packet.flags == VitalsFlags.UNKNOWN
        said = (packet.breathing_bpm_x100, packet.heart_bpm_x10000, packet.n_persons)
        assert said == (0, 0, 0)
    known = Quality.PRESENCE_VALID | Quality.RESPIRATION_VALID | Quality.HEARTBEAT_VALID
    for state in states:
        assert not state.quality_flags & known
        assert state.quality_flags & Quality.DEGRADED_MODE
        assert (state.motion_score, state.presence_score, state.respiration_bpm) == (0, 0, 0)
    node.clear_packets()
    back = _play(node, after)
    last = [p for p in back if isinstance(p, EdgeVitals)][-1]
    assert not last.flags & VitalsFlags.UNKNOWN, "frames bring it back without a restart"


def _play(node: SensingNode, frames: list[CsiFrame]) -> list[Packet]:
    """Hand the frames to capture at their own times; returns what the node sent meanwhile."""
    before = frames[0].ts_us - 50_000
    for frame in frames:
        header = CsiFrameRequest(
            mac=tuple(frame.mac),
            channel=6,
            n_antennas=1,
            n_subcarriers=frame.n_subcarriers,
            rssi=frame.rssi,
            noise_floor=-92,
            after_us=max(frame.ts_us - before, 0),
        )
        node.csi_frame(header, frame.iq.tobytes())
        before = frame.ts_us
    return [decoded(data) for data in node.packet_bytes]
