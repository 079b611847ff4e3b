"""Deliberate faults in what reads bytes that somebody else wrote."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

BLOB = "components/ruv_temporal/src/blob.c"
AGENT = "components/hil_agent/src/"
CODEC = "components/edge/src/csi_codec.c"
ENCODE = "components/node/src/packet_encode.c"
SETTINGS = "components/node/src/node_settings.c"
CONTROLLER = "components/node/src/adaptive_controller.c"
STORE = "ports/node/flash_settings.c"
KEPT = "tests/node/test_corpora.py::test_no_kept_input_finds_anything"
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
    Fault(
        "a line is longer than its memory",
        (
            Edit(
                AGENT + "agent.c",
                "sizeof line.text - 1u - line.len",
                "sizeof line.text + 1u - line.len",
            ),
        ),
        KEPT,
        ("line", "agent.c", "out of bounds for type 'char ["),
    ),
    Fault(
        "base85 does not look whether there is room",
        (Edit(AGENT + "base85.c", "n - 1u > max - used", "n - 1u > 2u * max - used"),),
        KEPT,
        ("line", "AddressSanitizer", "global-buffer-overflow"),
    ),
    Fault(
        "the reader of compressed channel state takes a bit too many",
        (
            Edit(
                CODEC, "    if (r->bits - r->at < bits) {", "    if (r->bits - r->at + 1u < bits) {"
            ),
        ),
        KEPT,
        ("csi_codec", "AddressSanitizer", "heap-buffer-overflow"),
    ),
    Fault(
        "a record of settings may be longer than itself",
        (Edit(STORE, "record->len <= sizeof record->data && ", ""),),
        KEPT,
        ("settings", "not true: err == ESP_OK || err == ESP_ERR_NOT_FOUND"),
    ),
    Fault(
        "any number is a channel",
        (Edit(SETTINGS, "channels[i] > NODE_MAX_CHANNELS || ", ""),),
        KEPT,
        ("settings", "shift exponent"),
    ),
    Fault(
        "a score is sent as it is",
        (
            Edit(
                ENCODE,
                "        .motion_score = unit(observation->motion),",
                "        .motion_score = observation->motion,",
            ),
        ),
        KEPT,
        ("packets", "not true: packet.motion_score"),
    ),
    Fault(
        "memory for the head that is not there is used",
        (
            Edit(
                "components/ruv_temporal/src/temporal.c",
                "    if (memory == NULL && allocated == NULL) {\n"
                "        return ESP_ERR_NO_MEM;\n"
                "    }\n",
                "",
            ),
        ),
        "tests/node/test_allocation.py::test_each_allocation_at_the_start_may_fail",
        ("it has restarted: PANIC",),
    ),
    Fault(
        "the node allocates for a moment while it works",
        (
            Edit(
                CONTROLLER,
                "    const machine_heap_t heap = machine_port->heap();\n",
                "    void *volatile moment = malloc(16);\n"
                "    free(moment);\n"
                "    const machine_heap_t heap = machine_port->heap();\n",
            ),
            Edit(
                CONTROLLER,
                "#include <inttypes.h>\n",
                "#include <inttypes.h>\n#include <stdlib.h>\n",
            ),
        ),
        "tests/node/test_allocation.py::test_nothing_is_allocated_after_the_start",
        ("the node has allocated while it worked",),
    ),
)
