"""Which field of a packet is what: the node it comes from, its number, its time, its features."""

from __future__ import annotations

from dataclasses import dataclass

from kernels_ref.packets import (
    CompressedCsi,
    EdgeVitals,
    FeatureState,
    FeatureVector,
    FusedVitals,
    MeshEnvelope,
    Packet,
    RawCsiFrame,
    TemporalClassification,
    TimeSync,
)


@dataclass(frozen=True)
class Facts:
    """Names of fields, empty where a packet has no such field.

    seq: the number of the packet among those of its kind; it has `seq_bits` bits and wraps. time:
    when the node sent it, in units of `unit_us` microseconds, with `time_bits` bits.
    """

    seq: str = ""
    seq_bits: int = 32
    time: str = ""
    time_bits: int = 64
    unit_us: int = 1


_NOTHING = Facts()
_FEATURES = {
    "motion": "motion_score",
    "presence": "presence_score",
    "respiration_bpm": "respiration_bpm",
    "respiration_conf": "respiration_conf",
    "heartbeat_bpm": "heartbeat_bpm",
    "heartbeat_conf": "heartbeat_conf",
    "anomaly": "anomaly_score",
    "env_shift": "env_shift_score",
    "coherence": "node_coherence",
}
_FACTS: dict[type[Packet], Facts] = {
    RawCsiFrame: Facts(seq="seq"),
    CompressedCsi: Facts(seq="number", seq_bits=15),
    EdgeVitals: Facts(time="timestamp_ms", time_bits=32, unit_us=1000),
    FeatureVector: Facts(seq="seq", seq_bits=16, time="timestamp_us"),
    FusedVitals: Facts(time="timestamp_ms", time_bits=32, unit_us=1000),
    FeatureState: Facts(seq="seq", seq_bits=16, time="ts_us"),
    TemporalClassification: Facts(seq="seq", time="ts_us"),
    TimeSync: Facts(time="local_us"),
}


def facts_of(packet: Packet) -> Facts:
    """What the fields of this packet mean."""
    return _FACTS.get(type(packet), _NOTHING)


def node_of(packet: Packet) -> int | None:
    """The id of the node that sent it; None where a packet does not say."""
    if isinstance(packet, MeshEnvelope):
        health = packet.health()
        return None if health is None else int.from_bytes(health.node_id, "little")
    return getattr(packet, "node_id", None)


def seq_of(packet: Packet) -> int | None:
    """Its sequence number, None where it has none."""
    name = facts_of(packet).seq
    return getattr(packet, name) if name else None


def time_us(packet: Packet) -> int | None:
    """The node's time in microseconds; None where the packet has none."""
    time = time_of(packet)
    return None if time is None else time * facts_of(packet).unit_us


def features(state: FeatureState) -> dict[str, float]:
    """The nine floats that a feature state sends, in the controller's order, by their names."""
    return {name: getattr(state, field) for name, field in _FEATURES.items()}


def time_of(packet: Packet) -> int | None:
    """The node's time in its own unit, as it stands in the packet; None where it has none."""
    if isinstance(packet, MeshEnvelope):
        health = packet.health()
        return None if health is None else health.local_time_us
    name = facts_of(packet).time
    return getattr(packet, name) if name else None
