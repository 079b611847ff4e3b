"""Deliberate faults that only a deployment finds which believes nothing that it can read back."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

NODE = "components/node/src/"
NODE_AGENT = "components/node_agent/src/"
HEAD = "components/ruv_temporal/src/"

DEPLOY = (
    Fault(
        "the CRC is reported as it was announced, whatever lies in flash",
        (
            Edit(
                NODE + "weights_slot.c",
                "    stored.header_crc = crc32_ieee(0, &stored, offsetof(stored_header_t",
                "    const uint8_t worn = 0;\n"
                "    (void)weights_slot_program(slot, 101, &worn, sizeof worn);\n"
                "    stored.header_crc = crc32_ieee(0, &stored, offsetof(stored_header_t",
            ),
            Edit(
                NODE + "weights_slot.c",
                "if (header.blob_crc != weights_blob_crc(",
                "if (false && header.blob_crc != weights_blob_crc(",
            ),
            Edit(
                HEAD + "blob.c",
                "if (crc32_ieee(0, bytes, len - RUV_BLOB_TRAILER_LEN) != blob.crc32)",
                "if (false && crc32_ieee(0, bytes, len - RUV_BLOB_TRAILER_LEN) != blob.crc32)",
            ),
        ),
        "test_deploy.py::test_the_first_and_the_next",
        ("does not run on the node: what lies in slot", "byte 101 is 0x00", "Rolled back"),
    ),
    Fault(
        "a slot that is erased is not",
        (
            Edit(
                NODE_AGENT + "commands_weights.c",
                "err = node_port->flash.erase(at, unit);",
                "err = ESP_OK;",
            ),
        ),
        "test_deploy.py::test_what_does_not_compute_is_taken_back",
        ("the logits are another model's", "The way back failed as well: the node ran"),
    ),
)
