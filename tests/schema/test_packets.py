"""Packets: bytes, round trip, and what is refused with which reason at which offset."""

from __future__ import annotations

import dataclasses
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels_ref.packets import (
    FOREIGN_MAGICS,
    MAGICS,
    CompressedCsi,
    FeatureVector,
    FusedVitals,
    MeshEnvelope,
    MeshType,
    Packet,
    PacketError,
    RawCsiFrame,
    Reason,
    TemporalClassification,
    TimeSync,
    WasmOutput,
    WasmOutputOnVitals,
    channel_to_mhz,
    decode,
)
from tests.schema.examples import EXAMPLES, HEALTH, HEALTH_BYTES, with_crc

each_example = pytest.mark.parametrize(
    ("packet", "data"), EXAMPLES, ids=[type(packet).__name__ for packet, _ in EXAMPLES]
)


def refusal(data: bytes) -> PacketError:
    with pytest.raises(PacketError) as caught:
        decode(data)
    assert type(caught.value) is PacketError
    return caught.value


@each_example
def test_decodes_and_encodes(packet: Packet, data: bytes) -> None:
    assert decode(data) == packet
    assert packet.encode() == data
    assert decode(bytearray(data)) == decode(memoryview(data)) == packet


@each_example
def test_every_cut_is_short_at_its_end(packet: Packet, data: bytes) -> None:
    for size in range(len(data)):
        if isinstance(packet, TemporalClassification) and size == 8 + 5 * packet.n_classes:
            assert isinstance(decode(data[:size]), WasmOutput)  # nothing tells them apart
            continue
        error = refusal(data[:size])
        assert (error.reason, error.offset) == (Reason.SHORT, size)


@each_example
def test_trailing_bytes_are_long_at_the_packets_end(packet: Packet, data: bytes) -> None:
    error = refusal(data + b"\0")
    if isinstance(packet, WasmOutput | WasmOutputOnVitals):  # judged as the magic's owner
        assert (error.reason, error.offset) == (Reason.SHORT, len(data) + 1)
    else:
        assert (error.reason, error.offset) == (Reason.LONG, len(data))


@each_example
def test_packets_are_values(packet: Packet, data: bytes) -> None:
    assert hash(decode(data)) == hash(packet)
    with pytest.raises(dataclasses.FrozenInstanceError):
        packet.node_id = 3  # type: ignore[attr-defined]


def test_every_magic_has_an_example() -> None:
    examples = {int.from_bytes(data[:4], "little") for _, data in EXAMPLES}
    assert examples == set(MAGICS) | set(FOREIGN_MAGICS)
    assert set(MAGICS) == {*range(0xC5110001, 0xC5110008), 0xC5118100}
    assert FOREIGN_MAGICS == {0xC511A110: "time_sync"}


@pytest.mark.parametrize("size", range(4))
def test_too_short_for_a_magic(size: int) -> None:
    error = refusal(b"\x01\x00\x11"[:size])
    assert (error.reason, error.offset, error.packet) == (Reason.SHORT, size, None)


@pytest.mark.parametrize("magic", [0, 0xC5110000, 0xC5110008, 0x010011C5, 0xFFFFFFFF])
def test_unknown_magic(magic: int) -> None:
    error = refusal(struct.pack("<I", magic) + bytes(60))
    assert (error.reason, error.offset, error.packet) == (Reason.UNKNOWN_MAGIC, 0, None)
    assert f"0x{magic:08X}" in str(error)
    assert ("another firmware's" in str(error)) == (magic >> 16 == 0xC511)


def example(kind: type[Packet]) -> bytes:
    return next(data for packet, data in EXAMPLES if type(packet) is kind)


@pytest.mark.parametrize(("packet", "data"), [(p, d) for p, d in EXAMPLES if with_crc(d[:-4]) == d])
def test_each_changed_bit_under_a_crc_is_noticed(packet: Packet, data: bytes) -> None:
    name = MAGICS[int.from_bytes(data[:4], "little")]
    lengths = range(12, 14) if isinstance(packet, MeshEnvelope) else range(0)
    for position in range(4, len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[position] ^= 1 << bit
            error = refusal(bytes(changed))
            if position not in lengths:
                assert (error.reason, error.offset) == (Reason.BAD_CRC, len(data) - 4)
                assert error.packet == name


def test_a_bad_crc_names_both() -> None:
    data = example(FusedVitals)  # has none
    crc = with_crc(b"")
    assert crc == b"\0\0\0\0"
    data = EXAMPLES[-1][1]
    stated, right = zlib.crc32(data[:-4]) ^ 1, zlib.crc32(data[:-4])
    error = refusal(data[:-4] + struct.pack("<I", stated))
    assert f"0x{stated:08x}" in str(error)
    assert f"0x{right:08x}" in str(error)


NAN, INF = struct.pack("<f", float("nan")), struct.pack("<f", float("-inf"))
BAD_FIELDS: list[tuple[str, int, int, bytes]] = [
    # packet, offset of the patch, offset reported, bytes
    ("RawCsiFrame", 5, 5, b"\0"),
    ("RawCsiFrame", 6, 6, b"\0\0"),
    ("RawCsiFrame", 6, 6, struct.pack("<H", 513)),
    ("RawCsiFrame", 8, 8, struct.pack("<I", 2413)),
    ("EdgeVitals", 16, 16, NAN),
    ("EdgeVitals", 20, 20, INF),
    ("FeatureVector", 16 + 7 * 4, 16, NAN),
    ("FusedVitals", 15, 15, b"\x65"),
    ("FusedVitals", 36, 36, NAN),
    ("FusedVitals", 41, 41, b"\xff"),
    ("WasmOutputOnVitals", 9, 8, INF),
    ("WasmOutput", 9, 8, INF),
    ("TimeSync", 5, 5, b"\0"),
    ("TimeSync", 5, 5, b"\3"),
    *[
        ("FeatureState", offset, offset, struct.pack("<f", value))
        for offset in (16, 20, 28, 36, 40, 44, 48)
        for value in (-0.001, 1.001, float("nan"))
    ],
    ("FeatureState", 24, 24, INF),
    ("FeatureState", 32, 32, NAN),
    ("TemporalClassification", 4, 4, b"\x02"),
    ("TemporalClassification", 6, 6, b"\x01"),
    ("TemporalClassification", 24, 24, b"\x04"),
    ("TemporalClassification", 28, 28, NAN),
    ("TemporalClassification", 32, 32, struct.pack("<f", -0.5)),
    ("MeshEnvelope", 4, 4, b"\x02"),
    ("MeshEnvelope", 5, 5, b"\0"),
    ("MeshEnvelope", 5, 5, b"\x08"),
    ("MeshEnvelope", 6, 6, b"\x05"),
    ("MeshEnvelope", 7, 7, b"\x03"),
    ("MeshEnvelope", 12, 12, struct.pack("<H", 257)),
    ("MeshEnvelope", 16 + 16, 16, b"\x05"),  # the role within the health message
]


@pytest.mark.parametrize(("kind", "patch_at", "offset", "patch"), BAD_FIELDS)
def test_bad_fields(kind: str, patch_at: int, offset: int, patch: bytes) -> None:
    data = next(bytearray(d) for p, d in EXAMPLES if type(p).__name__ == kind)
    has_crc = with_crc(data[:-4]) == data
    data[patch_at : patch_at + len(patch)] = patch
    if has_crc:
        data[:] = with_crc(bytes(data[:-4]))
    error = refusal(bytes(data))
    assert (error.reason, error.offset) == (Reason.BAD_FIELD, offset)
    assert f"at byte {offset}" in str(error)


def test_unknown_flags_and_reserved_bytes_survive_the_round_trip() -> None:
    data = bytearray(example(FusedVitals))
    data[5] = 0xF0
    data[42:48] = b"future"
    assert decode(bytes(data)).encode() == data


@pytest.mark.parametrize(
    ("pairs", "word", "told"),
    [
        (64, 0x0000, 0x0000),
        (64, 0x0001, 0x0001),  # the row of 64 pairs
        (64, 0x8001, 0x8001),
        (64, 0x8000, 0x8000),
        (64, 0x1000, 0x0000),  # other firmware: time sync valid
        (64, 0x0400, 0x0000),  # STBC
        (128, 0x0D00, 0x0000),  # 40 MHz, STBC, LDPC
        (256, 0x0001, 0x0000),  # 802.11ax
        (256, 0x1002, 0x0000),
        (64, 0x00FF, 0x0000),  # unknown
    ],
)
def test_what_other_firmware_tells_in_a_raw_frame_is_no_layout(
    pairs: int, word: int, told: int
) -> None:
    frame = next(p for p, _ in EXAMPLES if isinstance(p, RawCsiFrame))
    iq = bytes(range(1, 101)) * 6
    seen = dataclasses.replace(
        frame, n_antennas=1, n_subcarriers=pairs, layout=word, iq=iq[: 2 * pairs]
    )
    assert decode(seen.encode()) == seen
    assert seen.known_layout == told


@pytest.mark.parametrize("count", range(1, 17))
def test_wasm_output_is_told_from_fused_vitals_by_length(count: int) -> None:
    events = b"".join(struct.pack("<Bf", i, i / 2) for i in range(count))
    data = struct.pack("<IBBH", 0xC5110004, 1, 2, count) + events
    packet = decode(data)
    if count == 8:  # as long as the fused vitals
        assert isinstance(packet, FusedVitals)
        wasm = WasmOutputOnVitals(node_id=1, module_id=2, event_count=8, events=events)
        with pytest.raises(PacketError, match="as long as fused_vitals"):
            wasm.encode()
    else:
        assert isinstance(packet, WasmOutputOnVitals)
        assert packet.pairs() == [(i, i / 2) for i in range(count)]


@pytest.mark.parametrize("count", range(1, 17))
def test_wasm_output_is_told_from_a_temporal_classification_by_length(count: int) -> None:
    """No number of events makes 40 bytes. Node 1 looks like the classification's version 1."""
    events = b"".join(struct.pack("<Bf", i, i / 2) for i in range(count))
    data = struct.pack("<IBBH", 0xC5110007, 1, 0, count) + events
    packet = decode(data)
    assert isinstance(packet, WasmOutput) and packet.SCHEMA.layout.name == "wasm_output"
    assert packet.pairs() == [(i, i / 2) for i in range(count)]
    assert packet.encode() == data
    for wrong in (data + b"\0", data[:-1]):
        assert refusal(wrong).packet == "temporal_classification"


def test_a_time_sync_of_version_2_has_the_node_s_address_behind_it() -> None:
    first = example(TimeSync)
    second = first[:5] + b"\x02" + first[6:] + bytes.fromhex("9ccc01401800")
    packet = decode(second)
    assert isinstance(packet, TimeSync) and packet.encode() == second
    assert packet.station.hex() == "9ccc01401800"
    assert refusal(second[:32]).reason is Reason.SHORT
    assert refusal(first + bytes(6)).reason is Reason.LONG


@pytest.mark.parametrize(
    ("size", "count", "reason"),
    [
        (8, 0, Reason.SHORT),
        (12, 1, Reason.SHORT),
        (13, 2, Reason.SHORT),
        (47, 1, Reason.SHORT),
        (49, 1, Reason.LONG),
        (93, 17, Reason.LONG),
        (400, 9, Reason.LONG),
    ],
)
def test_what_fits_neither_is_refused(size: int, count: int, reason: Reason) -> None:
    data = (struct.pack("<IBBH", 0xC5110004, 1, 2, count) + bytes(size))[:size]
    error = refusal(data)
    assert (error.reason, error.packet) == (reason, "fused_vitals")


@pytest.mark.parametrize(
    ("antennas", "subcarriers", "fits"),
    [(1, 1, True), (4, 256, True), (1, 1024, True), (4, 257, False), (255, 65535, False)],
)
def test_csi_holds_at_most_1024_pairs(antennas: int, subcarriers: int, fits: bool) -> None:
    iq = bytes(2 * antennas * subcarriers) if fits else b""
    frame = RawCsiFrame(
        node_id=1,
        n_antennas=antennas,
        n_subcarriers=subcarriers,
        freq_mhz=0,
        seq=0,
        rssi=0,
        noise_floor=0,
        iq=iq,
    )
    if fits:
        assert decode(frame.encode()) == frame
    else:
        with pytest.raises(PacketError, match="n_subcarriers"):
            frame.encode()


def test_csi_pairs() -> None:
    frame = decode(example(RawCsiFrame))
    pairs = frame.pairs()
    assert pairs.shape == (2, 3, 2)
    assert pairs.dtype == np.int8
    assert pairs[0].tolist() == [[-6, -5], [-4, -3], [-2, -1]]


def test_csi_whose_samples_do_not_fit_its_header() -> None:
    frame = dataclasses.replace(decode(example(RawCsiFrame)), n_antennas=3)
    with pytest.raises(PacketError, match="iq is '12 B', expected 18 B"):
        frame.encode()


@pytest.mark.parametrize(
    ("channel", "mhz"),
    [
        (0, 0),
        (1, 2412),
        (6, 2437),
        (13, 2472),
        (14, 2484),
        (15, 0),
        (35, 0),
        (36, 5180),
        (177, 5885),
        (178, 0),
        (-1, 0),
    ],
)
def test_channel_frequencies(channel: int, mhz: int) -> None:
    assert channel_to_mhz(channel) == mhz


def test_lengths_follow_the_payload() -> None:
    packet = CompressedCsi(node_id=1, channel=2, original_len=3, data=b"12345")
    assert packet.compressed_len == 5
    assert dataclasses.replace(packet, data=b"1").encode()[8:10] == b"\x01\0"
    longest = CompressedCsi(node_id=1, channel=2, original_len=3, data=bytes(65535))
    assert decode(longest.encode()) == longest
    with pytest.raises(PacketError, match="compressed_len is 65536"):
        CompressedCsi(node_id=1, channel=2, original_len=3, data=bytes(65536)).encode()


@pytest.mark.parametrize(
    ("change", "offset"),
    [
        ({"node_id": 256}, 4),
        ({"node_id": -1}, 4),
        ({"node_id": 1.5}, 4),
        ({"node_id": "x"}, 4),
        ({"seq": 65536}, 6),
        ({"timestamp_us": 2**63}, 8),
        ({"features": (1.0,) * 7}, 16),
        ({"features": (1e39,) * 8}, 16),
        ({"features": (float("nan"),) * 8}, 16),
    ],
)
def test_values_that_do_not_fit_are_not_encoded(change: dict[str, Any], offset: int) -> None:
    packet = dataclasses.replace(decode(example(FeatureVector)), **change)
    with pytest.raises(PacketError) as caught:
        packet.encode()
    assert (caught.value.reason, caught.value.offset) == (Reason.BAD_FIELD, offset)


def test_health_messages() -> None:
    assert HEALTH.encode() == HEALTH_BYTES
    envelope = next(p for p, _ in EXAMPLES if isinstance(p, MeshEnvelope))
    assert envelope.health() == HEALTH
    assert dataclasses.replace(envelope, type=MeshType.ANOMALY_ALERT).health() is None
    with pytest.raises(PacketError, match="a health message"):
        dataclasses.replace(envelope, payload=HEALTH_BYTES + b"\0").encode()


def test_an_envelope_holds_at_most_256_bytes() -> None:
    envelope = next(p for p, _ in EXAMPLES if isinstance(p, MeshEnvelope))
    envelope = dataclasses.replace(envelope, type=MeshType.FEATURE_DELTA, payload=bytes(256))
    assert decode(envelope.encode()) == envelope
    with pytest.raises(PacketError, match="payload_len is 257"):
        dataclasses.replace(envelope, payload=bytes(257)).encode()


def decodes_or_refuses(data: bytes) -> Packet | None:
    try:
        packet = decode(data)
    except PacketError as error:
        assert 0 <= error.offset <= len(data)
        assert isinstance(error.reason, Reason)
        return None
    assert packet.encode() == data
    return packet


@settings(max_examples=1000)
@given(st.binary(max_size=120))
def test_random_bytes_give_a_packet_or_an_error(data: bytes) -> None:
    decodes_or_refuses(data)


@settings(max_examples=1200)
@given(st.sampled_from(sorted(MAGICS)), st.binary(max_size=80), st.booleans())
def test_random_bytes_behind_a_magic(magic: int, body: bytes, crc: bool) -> None:
    data = struct.pack("<I", magic) + body
    decodes_or_refuses(with_crc(data) if crc else data)


@settings(max_examples=1200)
@given(st.sampled_from([d for _, d in EXAMPLES]), st.data(), st.booleans())
def test_damaged_packets(whole: bytes, data: st.DataObject, fix_crc: bool) -> None:
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(4, len(damaged) - 1))
        damaged[position] = data.draw(st.integers(0, 255))
    if fix_crc:
        damaged[-4:] = zlib.crc32(damaged[:-4]).to_bytes(4, "little")
    decodes_or_refuses(bytes(damaged))
