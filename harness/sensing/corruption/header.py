"""Headers and descriptors with each of their fields at its limits, in every combination."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from kernels_ref.blob_header import MAGIC, VERSION, Flag
from kernels_ref.blob_layout import ModelShape

_MOST_WEIGHTS = 8192  # bytes of a blob that is made as long as its shape asks for
_SHORT = 64  # bytes of one that is not
_DIMENSIONS = ("input_dim", "n_q_heads", "n_kv_heads", "head_dim", "n_layers", "n_classes")
_HEADER = struct.Struct("<IHBB6HI")
_NONE = 0
_AS_ASKED, _ONE_MORE, _ONE_LESS = range(3)

_ALL = int(Flag.INPUT_AFFINE | Flag.MLP | Flag.FEED | Flag.STEM | Flag.CONV)

FIELDS: dict[str, tuple[int, ...]] = {
    "input_dim": (0, 1, 2, 255, 65535),
    "n_q_heads": (0, 1, 2, 4, 65535),
    "n_kv_heads": (0, 1, 2, 3, 65535),
    "head_dim": (0, 1, 2, 65535),
    "n_layers": (0, 1, 2, 65535),
    "n_classes": (0, 1, 2, 65535),
    "flags": (0, 1, 2, 4, 8, 0x10, 0x20, 0x40, _ALL, 0x80),
    "mlp_width": (0, 1, 255),
    "length": (_AS_ASKED, _ONE_MORE, _ONE_LESS),
}
DESCRIPTORS: dict[str, tuple[int, ...]] = {
    "flags": (0x10, 0x20, 0x40, 0x42, 0x71, _ALL, _ALL | 2),
    "kind": (0, 1, 2),
    "hop": (0, 1, 255),
    "window": (0, 65535),
    "feed_reserved": (0, 0x80000000),
    "stem_taps": (0, 1, 16, 17, 255),
    "stem_width": (0, 1, 255),
    "stem_reserved": (0, 1),
    "conv_taps": (0, 1, 16, 17),
    "conv_stride": (0, 1, 16, 17),
    "conv_width": (0, 1, 255),
    "maxima": (0, 1, 2),
}
_BEGINNING_AREA = 20
BEGINNINGS: dict[str, tuple[int, ...]] = {
    "magic": (MAGIC, 0, MAGIC + 1, 0x454E5652),
    "version": (VERSION, 0, 2, 257, 65535),
    "flags": (0, 0x80),
    "weights_len": (_BEGINNING_AREA, 0, 1, 19, 21, 1 << 31, (1 << 32) - 28, (1 << 32) - 1),
    "length": (48, 0, 1, 23, 27, 28, 29, 47, 49),
}
_FITTING = {
    **dict.fromkeys(_DIMENSIONS, 1),
    "n_classes": 2,
    "mlp_width": 1,
    "length": _AS_ASKED,
    "kind": 1,
    "hop": 5,
    "window": 64,
    "feed_reserved": 0,
    "stem_taps": 2,
    "stem_width": 3,
    "stem_reserved": 0,
    "conv_taps": 2,
    "conv_stride": 2,
    "conv_width": 3,
    "maxima": 0,
}


def combination(choices: Mapping[str, tuple[int, ...]], number: int) -> dict[str, int]:
    """One value of each, the combination of this number."""
    values = {}
    for name, limits in choices.items():
        number, index = divmod(number, len(limits))
        values[name] = limits[index]
    return values


def beginning(number: int) -> bytes:
    """What is looked at before the CRC, at its limits, in bytes that say 20 of weights."""
    values = combination(BEGINNINGS, number)
    head = (values["magic"], values["version"], values["flags"], 0, *[1] * 6)
    data = _HEADER.pack(*head, values["weights_len"]) + bytes(_BEGINNING_AREA)
    data += zlib.crc32(data).to_bytes(4, "little")
    return data[: values["length"]] + bytes(max(0, values["length"] - len(data)))


def limits(choices: Mapping[str, tuple[int, ...]], number: int) -> bytes:
    """The blob of one combination, whose CRC is right."""
    values = {**_FITTING, **combination(choices, number)}
    if "mlp_width" not in choices and not values["flags"] & Flag.MLP:
        values["mlp_width"] = _NONE
    area = _area(values)
    dimensions = (values[name] for name in _DIMENSIONS)
    head = (MAGIC, VERSION, values["flags"], values["mlp_width"])
    body = _HEADER.pack(*head, *dimensions, len(area)) + area
    return body + zlib.crc32(body).to_bytes(4, "little")


def _area(values: Mapping[str, int]) -> bytes:
    """Descriptors and weights: as many as are asked for, or another number; zeros."""
    ahead = _descriptors(values)
    item = 2 if values["flags"] & Flag.FLOAT16 else 4
    need = item * _weights(values)
    length = need if need <= _MOST_WEIGHTS else _SHORT
    length += {_AS_ASKED: 0, _ONE_MORE: item, _ONE_LESS: -item}[values["length"]]
    return ahead + bytes(max(0, length))


def _descriptors(values: Mapping[str, int]) -> bytes:
    flags, ahead = values["flags"], b""
    if flags & Flag.FEED:
        feed = (values["kind"], values["hop"], values["window"], values["feed_reserved"])
        ahead += struct.pack("<BBHI", *feed)
    if flags & Flag.STEM:
        stem = (values["stem_taps"], values["stem_width"], values["stem_reserved"])
        ahead += struct.pack("<BBH", *stem)
    if flags & Flag.CONV:
        names = ("conv_taps", "conv_stride", "conv_width", "maxima")
        ahead += bytes(values[name] for name in names)
    return ahead


def _weights(values: Mapping[str, int]) -> int:
    """How many weights the shape asks for, sensible or not."""
    flags = values["flags"]
    stem = {name: values[name] for name in ("stem_taps", "stem_width")}
    conv = {name: values[name] for name in ("conv_taps", "conv_stride", "conv_width")}
    return ModelShape(
        **{name: values[name] for name in _DIMENSIONS},
        **(stem if flags & Flag.STEM else {}),
        **(conv if flags & Flag.CONV else {}),
        mlp_width=values["mlp_width"] if flags & Flag.MLP else 0,
        input_affine=bool(flags & Flag.INPUT_AFFINE),
        max_pooling=bool(flags & Flag.CONV and values["maxima"] == 1),
    ).n_weights
