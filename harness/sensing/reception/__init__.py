"""Packets from wherever they come: the network, a node's console, a capture file.

source       what can be listened to: one interface, whatever carries the packets
udp, console, capture_file
             the three kinds of it
frame, pcapng, network, fragments
             of a capture file: its frames, and the UDP datagrams in them
owed         how many datagrams the nodes say that they have sent
checker      every packet against the schema, its stream's sequence numbers, times and rates
facts        which field of which packet is its node, its number and its time
recording    what was heard, as a capture file
"""

from harness.sensing.reception.capture_file import (
    DEFAULT_UDP_PORT,
    NotACapture,
    from_file,
    is_nexmon,
)
from harness.sensing.reception.checker import Checked, Refused, Stream, StreamChecker, StreamKey
from harness.sensing.reception.console import ConsoleSource, NodeSource
from harness.sensing.reception.item import (
    Datagram,
    Item,
    LinesLost,
    NodeStarted,
    OtherPort,
    PassedOver,
    Unreadable,
)
from harness.sensing.reception.owed import DatagramsLost
from harness.sensing.reception.reception import Reception
from harness.sensing.reception.source import PacketSource, listen
from harness.sensing.reception.udp import UdpSource

__all__ = [
    "DEFAULT_UDP_PORT",
    "Checked",
    "ConsoleSource",
    "Datagram",
    "DatagramsLost",
    "Item",
    "LinesLost",
    "NodeSource",
    "NodeStarted",
    "NotACapture",
    "OtherPort",
    "PacketSource",
    "PassedOver",
    "Reception",
    "Refused",
    "Stream",
    "StreamChecker",
    "StreamKey",
    "UdpSource",
    "Unreadable",
    "from_file",
    "is_nexmon",
    "listen",
]
