"""What compressed CSI takes of recordings of real boards, at most."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.sensing.recordings.frames import Frames
from hil_tests.support.recordings import recordings
from kernels_ref.packets.compression import compress, expand
from kernels_ref.packets.csi import STAMP_SIZE

KEY_EVERY = 16
FRAMES = 160  # of each recording
RECORDINGS = 12  # of each data set, spread over it

# Of the frames' bytes, stamps and key frames included; docs/edge-features.md states the same.
MOST_PERCENT = {
    "embedded_wifi_sensing": 28,
    "esp_rf_sense": 47,
    "pulse_wifi_sensing": 35,
    "ruview_pretrain": 40,
    "wisensing_esp32": 23,
}


def coded(frames: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Each frame with its data, as a node sends them one after another."""
    before: bytes | None = None
    since_key = 0
    for frame in frames:
        since_key += 1
        if before is None or len(before) != len(frame) or since_key >= KEY_EVERY:
            before, since_key = None, 0
        data = compress(before, frame)
        assert expand(before, data, len(frame)) == frame
        yield frame, data
        before = frame


def some(frames: Frames, every: int) -> list[bytes]:
    chosen = frames.chosen(slice(0, FRAMES * every, every))
    return [iq[:n].tobytes() for iq, n in zip(chosen.iq, chosen.length, strict=True)]


@pytest.mark.parametrize("every", [1, 10])
@pytest.mark.parametrize("data_set", MOST_PERCENT)
def test_recorded_frames_take_less_than_half(data_set: str, every: int) -> None:
    """Of every frame, or of every tenth one: the rate makes no difference."""
    found = recordings(data_set)
    raw = taken = 0
    for recording in found[:: max(1, len(found) // RECORDINGS)]:
        for frame, data in coded(some(recording.frames(), every)):
            raw += len(frame)
            taken += STAMP_SIZE + len(data)
            assert len(data) <= len(frame), f"{recording}: a frame that does not shrink"
    share = 100 * taken / raw
    assert share <= MOST_PERCENT[data_set], f"{share:.1f} %"
