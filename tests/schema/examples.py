"""One example of every packet, with the bytes it has to have, written out by hand."""

from __future__ import annotations

import struct
import zlib

from kernels_ref.packets import (
    CompressedCsi,
    EdgeVitals,
    FeatureState,
    FeatureVector,
    FusedVitals,
    MeshAuth,
    MeshEnvelope,
    MeshHealth,
    MeshRole,
    MeshType,
    Packet,
    RawCsiFrame,
    TemporalClassification,
    TimeSync,
    TimeSyncFlags,
    VitalsFlags,
    WasmOutput,
    WasmOutputOnVitals,
)


def with_crc(data: bytes) -> bytes:
    """`data` and its CRC."""
    return data + struct.pack("<I", zlib.crc32(data))


HEALTH = MeshHealth(
    node_id=b"node0007",
    local_time_us=1 << 40,
    role=MeshRole.FUSION_RELAY,
    channel=36,
    bandwidth_mhz=40,
    noise_floor=-95,
    pkt_yield=48,
    sync_error_us=120,
    flags=0x8001,
)
HEALTH_BYTES = struct.pack("<8sQBBBbHHHH", b"node0007", 1 << 40, 3, 36, 40, -95, 48, 120, 0x8001, 0)

EXAMPLES: list[tuple[Packet, bytes]] = [
    (
        RawCsiFrame(
            node_id=7,
            n_antennas=2,
            n_subcarriers=3,
            freq_mhz=2437,
            seq=0xFFFFFFFF,
            rssi=-61,
            noise_floor=-92,
            iq=bytes(range(250, 256)) + bytes(range(6)),
        ),
        struct.pack("<IBBHIIbbH", 0xC5110001, 7, 2, 3, 2437, 0xFFFFFFFF, -61, -92, 0)
        + struct.pack("<12b", -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5),
    ),
    (
        EdgeVitals(
            node_id=1,
            flags=VitalsFlags.PRESENCE | VitalsFlags.MOTION,
            breathing_bpm_x100=1525,
            heart_bpm_x10000=723_400,
            rssi=-70,
            n_persons=2,
            motion_energy=0.25,
            presence_score=0.75,
            timestamp_ms=123_456,
        ),
        struct.pack(
            "<IBBHIbB2xffII",
            *(0xC5110002, 1, 5, 1525, 723_400, -70, 2, 0.25, 0.75, 123_456, 0),
        ),
    ),
    (
        FeatureVector(
            node_id=9,
            seq=65535,
            timestamp_us=-5,
            features=(0.0, 1.5, -2.0, 3.0, 4.0, 5.0, 6.0, 7.0),
        ),
        struct.pack("<IBBHq8f", 0xC5110003, 9, 0, 65535, -5, 0, 1.5, -2, 3, 4, 5, 6, 7),
    ),
    (
        FusedVitals(
            node_id=1,
            flags=VitalsFlags.PRESENCE | VitalsFlags.MMWAVE,
            breathing_bpm_x100=1525,
            heart_bpm_x10000=723_400,
            rssi=-70,
            n_persons=2,
            mmwave_type=1,
            fusion_confidence=88,
            motion_energy=0.25,
            presence_score=0.75,
            timestamp_ms=123_456,
            mmwave_hr_bpm=72.5,
            mmwave_br_bpm=15.25,
            mmwave_distance_cm=180.0,
            mmwave_targets=3,
            mmwave_confidence=100,
        ),
        struct.pack(
            "<IBBHIbBBBffIfffBBHI",
            *(0xC5110004, 1, 9, 1525, 723_400, -70, 2, 1, 88, 0.25, 0.75, 123_456),
            *(72.5, 15.25, 180.0, 3, 100, 0, 0),
        ),
    ),
    (
        WasmOutputOnVitals(
            node_id=3, module_id=2, event_count=2, events=struct.pack("<BfBf", 7, 1.5, 8, -2.0)
        ),
        struct.pack("<IBBHBfBf", 0xC5110004, 3, 2, 2, 7, 1.5, 8, -2.0),
    ),
    (
        WasmOutput(node_id=6, module_id=1, event_count=1, events=struct.pack("<Bf", 9, 0.25)),
        struct.pack("<IBBHBf", 0xC5110007, 6, 1, 1, 9, 0.25),
    ),
    (
        TimeSync(
            node_id=9,
            version=1,
            flags=TimeSyncFlags.VALID | TimeSyncFlags.SMOOTHED,
            local_us=28_000_123,
            mesh_us=27_000_456,
            csi_seq=20,
        ),
        struct.pack("<IBBBBQQI4x", 0xC511A110, 9, 1, 6, 0, 28_000_123, 27_000_456, 20),
    ),
    (
        CompressedCsi(node_id=4, channel=11, original_len=256, data=b"squeezed"),
        struct.pack("<IBBHH", 0xC5110005, 4, 11, 256, 8) + b"squeezed",
    ),
    (
        FeatureState(
            node_id=5,
            mode=2,
            seq=41,
            ts_us=1 << 50,
            motion_score=0.125,
            presence_score=1.0,
            respiration_bpm=14.5,
            respiration_conf=0.5,
            heartbeat_bpm=70.25,
            heartbeat_conf=0.0,
            anomaly_score=0.25,
            env_shift_score=0.75,
            node_coherence=0.875,
            quality_flags=0x00A5,
        ),
        with_crc(
            struct.pack(
                "<IBBHQ9fHH",
                *(0xC5110006, 5, 2, 41, 1 << 50),
                *(0.125, 1.0, 14.5, 0.5, 70.25, 0.0, 0.25, 0.75, 0.875),
                *(0x00A5, 0),
            )
        ),
    ),
    (
        TemporalClassification(
            n_classes=4,
            node_id=6,
            ts_us=9_000_000_000,
            seq=1,
            argmax=3,
            top_logit=2.5,
            top1_minus_top2=0.5,
        ),
        with_crc(struct.pack("<IHHB3xQIB3xff", 0xC5110007, 1, 4, 6, 9_000_000_000, 1, 3, 2.5, 0.5)),
    ),
    (
        MeshEnvelope(
            type=MeshType.HEALTH,
            sender_role=MeshRole.OBSERVER,
            auth_class=MeshAuth.HMAC_SESSION,
            epoch=77,
            payload=HEALTH.encode(),
        ),
        with_crc(struct.pack("<IBBBBIHH", 0xC5118100, 1, 6, 2, 1, 77, 28, 0) + HEALTH_BYTES),
    ),
    (
        MeshEnvelope(
            type=MeshType.TIME_SYNC,
            sender_role=MeshRole.COORDINATOR,
            auth_class=MeshAuth.NONE,
            epoch=0,
            payload=b"",
        ),
        with_crc(struct.pack("<IBBBBIHH", 0xC5118100, 1, 1, 4, 0, 0, 0, 0)),
    ),
]
