"""Deliberate faults in what is kept over a reset: weights and settings."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

NODE = "components/node/src/"

STORE = (
    Fault(
        "an upload into the slot in use",
        (
            Edit(
                NODE + "weights_upload.c",
                "is_slot(in_use->source) ? in_use : &sound",
                "is_slot(in_use->source) && false ? in_use : &sound",
            ),
        ),
        "test_weights_upload.py::test_the_slot_in_use_is_spared_when_its_header_is_damaged",
        ("the upload erased the weights of the running head",),
    ),
    Fault(
        "weights of another shape before those that fit",
        (
            Edit(
                NODE + "weights_store.c",
                "        offer(other, slot, &found);\n",
                "        offer(fitting, slot, &found);\n        offer(other, slot, &found);\n",
            ),
        ),
        "test_boot_weights.py::test_a_blob_of_the_wrong_shape_falls_back_to_what_fits_and_says_so",
        ("the head is off: slot 0 is 9 -> 4", "not 16 -> 2 to 16"),
    ),
    Fault(
        "weights that do not start are the last that are tried",
        (Edit(NODE + "node_head.c", "&& refuse_weights()", "&& refuse_weights() && false"),),
        "test_boot_weights.py::test_a_blob_that_does_not_start_falls_back_to_what_does",
        ("the head is off: start failed: ESP_ERR_INVALID_ARG",),
    ),
)
