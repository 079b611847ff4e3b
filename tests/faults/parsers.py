"""Deliberate faults in what reads bytes that somebody else wrote."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

BLOB = "components/ruv_temporal/src/blob.c"
AGREE = "tests/node/test_corruption.py::test_both_parsers_agree_on_every_change"

PARSERS = (
    Fault(
        "the blob parser's least length is one byte less",
        (
            Edit(
                BLOB,
                "    if (len < RUV_BLOB_HEADER_LEN + RUV_BLOB_TRAILER_LEN) {\n",
                "    if (len + 1u < RUV_BLOB_HEADER_LEN + RUV_BLOB_TRAILER_LEN) {\n",
            ),
        ),
        AGREE,
        ("beginnings", "the oracle says Truncated", "the node refuses it with 0x102"),
    ),
    Fault(
        "the blob parser's least length is that of a magic",
        (
            Edit(
                BLOB,
                "    if (len < RUV_BLOB_HEADER_LEN + RUV_BLOB_TRAILER_LEN) {\n",
                "    if (len < RUV_BLOB_TRAILER_LEN) {\n",
            ),
        ),
        AGREE,
        ("blob_verdicts ended", "AddressSanitizer", "use-after-poison"),
    ),
    Fault(
        "a blob may be longer than it says",
        (
            Edit(
                BLOB,
                "RUV_BLOB_TRAILER_LEN != blob.weights_len",
                "RUV_BLOB_TRAILER_LEN < blob.weights_len",
            ),
        ),
        AGREE,
        ("bytes behind", "the oracle says SizeMismatch", "the node refuses it with 0x109"),
    ),
    Fault(
        "a blob's CRC is not looked at",
        (
            Edit(
                BLOB,
                "    if (crc32_ieee(0, bytes, len - RUV_BLOB_TRAILER_LEN) != blob.crc32) {\n",
                "    if (false) {\n",
            ),
        ),
        AGREE,
        ("bit flipped", "right is CrcMismatch", "the node reads it"),
    ),
    Fault(
        "a stem of seventeen tokens is taken",
        (
            Edit(
                BLOB,
                "blob->stem_taps <= RUV_MAX_TAPS &&",
                "blob->stem_taps <= RUV_MAX_TAPS + 1u &&",
            ),
        ),
        AGREE,
        ("descriptors", "the oracle says InvalidShape", "the node reads it"),
    ),
    Fault(
        "a blob that is refused is described",
        (
            Edit(
                BLOB,
                "    ruv_blob_t blob;\n    read_fields(bytes, &blob);\n",
                "    ruv_blob_t blob;\n    read_fields(bytes, &blob);\n    *out = blob;\n",
            ),
        ),
        AGREE,
        ("the node refuses it with 0xFFFFFFFF",),
    ),
)
