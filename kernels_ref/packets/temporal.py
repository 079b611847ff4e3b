"""The classification of the frames in the window, by the temporal head."""

from __future__ import annotations

from enum import IntEnum

from kernels_ref.packets.base import Packet
from kernels_ref.packets.registry import packet
from kernels_ref.wire import F32, U8, U16, U32, U64, Bytes2, Bytes3, FieldProblem

VERSION = 1
MIN_CLASSES = 2


class TemporalFeed(IntEnum):
    """The input of the head."""

    STATE = 0
    SPECTRUM = 1


@packet("temporal_classification", magic=0xC5110007, size=40, crc=True)
class TemporalClassification(Packet):
    """The winning class (the lowest index on ties), its logit and its lead over the second.

    `feed`: the input of the head. `seq` starts at 1 and grows by one per packet.
    """

    version: U16 = VERSION
    n_classes: U16
    node_id: U8
    feed: U8 = TemporalFeed.STATE
    reserved: Bytes2 = bytes(2)
    ts_us: U64
    seq: U32
    argmax: U8
    reserved2: Bytes3 = bytes(3)
    top_logit: F32
    top1_minus_top2: F32

    def check(self) -> None:
        """Demand version 1, two classes or more, and a winner among them that is not behind."""
        if self.version != VERSION:
            raise FieldProblem("version", self.version, str(VERSION))
        if self.n_classes < MIN_CLASSES:
            raise FieldProblem("n_classes", self.n_classes, f"at least {MIN_CLASSES}")
        if self.argmax >= self.n_classes:
            raise FieldProblem("argmax", self.argmax, f"below n_classes {self.n_classes}")
        if self.top1_minus_top2 < 0:
            raise FieldProblem("top1_minus_top2", self.top1_minus_top2, "not below 0")
