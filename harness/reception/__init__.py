"""Packets from wherever they come: the network, a node's console, a capture file.

source       what can be listened to: one interface, whatever carries the packets
udp, console, capture_file
             the three kinds of it
checker      every packet against the schema, its stream's sequence numbers, times and rates
facts        which field of which packet is its node, its number and its time
recording    what was heard, as a capture file
"""

from harness.reception.capture_file import DEFAULT_UDP_PORT, NotACapture, from_file
from harness.reception.checker import Checked, Refused, Stream, StreamChecker
from harness.reception.console import ConsoleSource, NodeSource
from harness.reception.item import Datagram, Item, LinesLost, NodeStarted, Unreadable
from harness.reception.reception import Reception
from harness.reception.source import PacketSource, listen
from harness.reception.udp import UdpSource

__all__ = [
    "DEFAULT_UDP_PORT",
    "Checked",
    "ConsoleSource",
    "Datagram",
    "Item",
    "LinesLost",
    "NodeSource",
    "NodeStarted",
    "NotACapture",
    "PacketSource",
    "Reception",
    "Refused",
    "Stream",
    "StreamChecker",
    "UdpSource",
    "Unreadable",
    "from_file",
    "listen",
]
