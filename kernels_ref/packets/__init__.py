"""Every packet that a node sends to the host, one definition each.

`decode` turns a datagram into one typed packet or raises one `PacketError`; a packet's `encode` is
the way back. `layouts` is what a C compiler has to agree with.
"""

from kernels_ref.packets.base import Packet
from kernels_ref.packets.csi import CompressedCsi, RawCsiFrame, channel_to_mhz
from kernels_ref.packets.errors import PacketError, Reason
from kernels_ref.packets.features import FeatureState, FeatureVector, Quality
from kernels_ref.packets.mesh import MeshAuth, MeshEnvelope, MeshHealth, MeshRole, MeshType
from kernels_ref.packets.registry import decode, layouts, magics
from kernels_ref.packets.temporal import TemporalClassification
from kernels_ref.packets.vitals import EdgeVitals, FusedVitals, VitalsFlags, WasmOutput
from kernels_ref.wire import FieldLayout, Layout

MAGICS: dict[int, str] = magics()
"""Every registered magic with the name of its packet."""

__all__ = [
    "MAGICS",
    "CompressedCsi",
    "EdgeVitals",
    "FeatureState",
    "FeatureVector",
    "FieldLayout",
    "FusedVitals",
    "Layout",
    "MeshAuth",
    "MeshEnvelope",
    "MeshHealth",
    "MeshRole",
    "MeshType",
    "Packet",
    "PacketError",
    "Quality",
    "RawCsiFrame",
    "Reason",
    "TemporalClassification",
    "VitalsFlags",
    "WasmOutput",
    "channel_to_mhz",
    "decode",
    "layouts",
]
