"""Looking at what the node sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from harness.compare import identify_crc
from harness.sensing.node import SensingNode
from kernels_ref.packets import Packet, PacketError, Reason, TemporalClassification, decode

PacketT = TypeVar("PacketT", bound=Packet)


def packets_of(node: SensingNode, kind: type[PacketT]) -> list[PacketT]:
    """Return the mirrored packets of one kind, in order; every mirrored packet must decode."""
    return [packet for packet in map(decoded, node.packet_bytes) if isinstance(packet, kind)]


def classifications(node: SensingNode) -> list[TemporalClassification]:
    """Return the mirrored temporal classifications, in order."""
    return packets_of(node, TemporalClassification)


def decoded(datagram: bytes) -> Packet:
    """Decode one datagram; a wrong CRC is named."""
    __tracebackhide__ = True
    try:
        return decode(datagram)
    except PacketError as error:
        if error.reason is Reason.BAD_CRC:
            stated = int.from_bytes(datagram[-4:], "little")
            raise AssertionError(f"{error}; {identify_crc(datagram[:-4], stated)}") from None
        raise AssertionError(f"the node sent what no packet is: {error}") from None


def check_sequence(numbers: Sequence[int], first: int = 1) -> None:
    """Demand first, first + 1, …, and say what is repeated or missing."""
    __tracebackhide__ = True
    expected = list(range(first, first + len(numbers)))
    if list(numbers) == expected:
        return
    repeated = sorted(n for n, times in Counter(numbers).items() if times > 1)
    if repeated:
        places = [i for i, n in enumerate(numbers) if n == repeated[0]]
        raise AssertionError(
            f"sequence number {repeated[0]} is repeated, in packets {places} of {len(numbers)}"
        )
    place = next(i for i, (a, b) in enumerate(zip(numbers, expected, strict=True)) if a != b)
    raise AssertionError(
        f"packet {place} has sequence number {numbers[place]}, expected {expected[place]}"
    )
