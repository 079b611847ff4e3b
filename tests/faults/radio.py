"""Deliberate faults in the picture of a radio. Node and twin could share each of them: what finds
them are recordings of real boards, and plain numpy on their bytes."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

EDGE = "components/edge/"
FRONT = EDGE + "src/front.c"
BINS = "test_real_boards.py::test_bins_are_those_of_plain_numpy"

RADIO = (
    Fault(
        "carriers taken in the order they are stored in",
        (
            Edit(
                EDGE + "src/csi_layout.c",
                "{run_of(form, -max, -min, at, skip), run_of(form, min, max, at, skip)}",
                "{{run_of(form, -max, -min, at, skip).pair, (int16_t)min, (uint16_t)max},"
                " {run_of(form, min, max, at, skip).pair, (int16_t)-max, (uint16_t)max}}",
            ),
        ),
        BINS + "[wrapped]",
        ("bins of", "beyond the error budget"),
    ),
    Fault(
        "nulls counted as carriers",
        (
            Edit(
                FRONT,
                "out->mask |= out->amp[s] > 0.0f ? (uint64_t)1 << s : 0u;",
                "out->mask |= (uint64_t)1 << s;",
            ),
        ),
        BINS,
        ("bins of", "beyond the error budget"),
    ),
    Fault(
        "real and imaginary part swapped",
        (
            Edit(
                FRONT,
                "out->z[slot][1] = iq[2u * pair];",
                "out->z[slot][1] = out->z[slot][0], out->z[slot][0] = iq[2u * pair];",
            ),
        ),
        "test_real_boards.py::test_the_signal_comes_later_than_the_receiver_thinks",
        ("phases fall in",),
    ),
    Fault(
        "frames counted instead of time measured",
        (
            Edit(
                FRONT,
                "    const uint64_t wanted = ts_us / EDGE_BIN_US;\n",
                "    const uint64_t wanted = ts_us ? front->open + (front->in_bin > 0) : 0;\n",
            ),
        ),
        "test_real_boards.py::test_breathing_in_every_other_frame",
        ("breathing",),
    ),
    Fault(
        "amplitudes with the receiver's gain in them",
        (
            Edit(
                FRONT,
                "    const float mean = mean_amplitude(frame, front->used);\n",
                "    const float mean = 16.0f;\n",
            ),
        ),
        BINS,
        ("bins of", "beyond the error budget"),
    ),
    Fault(
        "features of before sent while nothing is heard",
        (
            Edit(
                "components/node/src/sensing.c",
                "        edge_silent(&edge);\n",
                "",
            ),
        ),
        "test_real_boards.py::test_a_silence_in_a_recording_is_told",
        ("quality_flags",),
    ),
    Fault(
        "a silence that the vitals do not tell",
        (
            Edit(
                "components/node/src/packet_encode.c",
                "(context->unknown ? VITALS_UNKNOWN : 0)",
                "0",
            ),
        ),
        "test_real_boards.py::test_a_silence_in_a_recording_is_told",
        ("UNKNOWN",),
    ),
)
