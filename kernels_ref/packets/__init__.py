"""Every packet that a node sends to the host, one definition each, and those of other firmware.

`decode` turns a datagram into one typed packet or raises one `PacketError`; a packet's `encode` is
the way back. `layouts` is what a C compiler has to agree with.
"""

from kernels_ref.edge.config import Quality
from kernels_ref.packets.base import Packet, PacketError, Reason
from kernels_ref.packets.csi import CompressedCsi, RawCsiFrame, channel_to_mhz, mhz_to_channel
from kernels_ref.packets.features import FeatureState, FeatureVector
from kernels_ref.packets.foreign import TimeSync, TimeSyncFlags, WasmOutput, WasmOutputOnVitals
from kernels_ref.packets.mesh import MeshAuth, MeshEnvelope, MeshHealth, MeshRole, MeshType
from kernels_ref.packets.registry import decode, layouts, magics
from kernels_ref.packets.temporal import TemporalClassification, TemporalFeed
from kernels_ref.packets.vitals import EdgeVitals, FusedVitals, VitalsFlags
from kernels_ref.wire import FieldLayout, Layout

MAGICS: dict[int, str] = magics(foreign=False)
"""Every magic that the node sends on, with the name of its packet."""

FOREIGN_MAGICS: dict[int, str] = magics(foreign=True)
"""Every magic that only other firmware sends on, with the name of its packet."""
