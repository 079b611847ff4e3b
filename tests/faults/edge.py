"""Deliberate faults of the edge features: what is broken, which test notices, what it says."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

EDGE = "components/edge/src/"
FEATURES = "test_edge_features.py::"
PARTS = "test_edge_parts.py::"
MOVEMENT = "test_edge_movement.py::"
CODEC = "test_compressed_csi.py::"
SPECTRUM = "test_spectrum.py::"

EDGE_FEATURES = (
    Fault(
        "a half turn that goes down instead of up",
        (Edit(EDGE + "angle.c", "return y < 0.0f ? -angle", "return y <= 0.0f ? -angle"),),
        PARTS + "test_the_arctangent_of_nothing_and_of_half_a_turn",
        ("assert", "3.14159"),
    ),
    Fault(
        "an arctangent with a term missing",
        (Edit(EDGE + "angle.c", "float p = 0.0806030624f;", "float p = 0.0f;"),),
        PARTS + "test_the_arctangent",
        ("arctangent", "beyond the error budget", "polynomial"),
    ),
    Fault(
        "a running variance that forgets nothing",
        (
            Edit(
                EDGE + "link.c",
                "edge->variance[k] = rest * (edge->variance[k] + a * (e * e));",
                "edge->variance[k] = edge->variance[k] + a * (e * e);",
            ),
        ),
        FEATURES + "test_a_scenario[static]",
        ("static top_variance", "beyond the error budget", "element"),
    ),
    Fault(
        "the least varying pairs chosen",
        (
            Edit(
                EDGE + "slots.c",
                "ranking->worth[place - 1u] < worth",
                "ranking->worth[place - 1u] > worth",
            ),
        ),
        FEATURES + "test_a_scenario[static]",
        ("static, frame", "top pairs: the twin says"),
    ),
    Fault(
        "somebody active at twice the change",
        (Edit(EDGE + "room.c", "#define ACTIVE_OVER 2.6f", "#define ACTIVE_OVER 5.2f"),),
        MOVEMENT + "test_a_way[walk-20.0]",
        ("walk 20.0", "beyond the error budget"),
    ),
    Fault(
        "a baseline that never falls",
        (Edit(EDGE + "baseline.c", "DOWN_SHARE (2.0f / 10.0f)", "DOWN_SHARE 0.0f"),),
        MOVEMENT + "test_a_baseline_that_follows",
        ("follows", "presence_threshold", "beyond the error budget"),
    ),
    Fault(
        "a fall that asks for no calm around it",
        (
            Edit(
                EDGE + "fall.c",
                "    calm = calm > LEAST_JUMP ? calm : LEAST_JUMP;\n",
                "    calm = calm > 9.0f ? calm : LEAST_JUMP;\n",
            ),
        ),
        MOVEMENT + "test_a_fan_is_movement_and_no_fall",
        ("falls", "== 0"),
    ),
    Fault(
        "falls without a pause",
        (Edit(EDGE + "fall.c", "#define PAUSE_BINS (5u * EDGE_BIN_HZ)", "#define PAUSE_BINS 1u"),),
        MOVEMENT + "test_a_fall_is_one_fall",
        ("== 1",),
    ),
    Fault(
        "a filter's state with the wrong sign",
        (
            Edit(
                EDGE + "bandpass.c",
                "state[i][1] = -v - b->a2 * y;",
                "state[i][1] = v - b->a2 * y;",
            ),
        ),
        FEATURES + "test_a_scenario[static]",
        ("static respiration_bpm", "beyond the error budget"),
    ),
    Fault(
        "a band with its upper edge misplaced",
        (Edit(EDGE + "bandpass.c", "tan(PI * high_hz / sample_hz)", "(PI * high_hz / sample_hz)"),),
        PARTS + "test_breathing_filters_are_scipy_s",
        ("band-pass", "beyond the error budget", "section"),
    ),
    Fault(
        "a gap filtered as if nothing had happened",
        (Edit(EDGE + "edge.c", "#define GAP_PERIODS   5u", "#define GAP_PERIODS   500u"),),
        FEATURES + "test_a_gap_is_no_fall",
        ("gap, frame 100: gaps is 0, the twin's 1",),
    ),
    Fault(
        "a refused frame that moves the clock",
        (
            Edit(
                EDGE + "edge.c",
                "        edge->features.refused++;\n",
                "        edge->features.refused++;\n        edge->features.ts_us += 600000u;\n",
            ),
        ),
        FEATURES + "test_a_bad_frame_is_refused_and_changes_nothing",
        ("refusals, frame 24",),
    ),
    Fault(
        "a difference that takes one more step to escape",
        (Edit(EDGE + "csi_codec.c", "#define ESCAPE    8u", "#define ESCAPE    9u"),),
        CODEC + "test_the_codec",
        ("assert",),
    ),
    Fault(
        "a run of zeros that may be one longer than the frame",
        (Edit(EDGE + "csi_codec.c", "    return *run <= most;", "    return *run <= most + 1u;"),),
        CODEC + "test_damaged_data_is_refused",
        ("was accepted, expected ESP_ERR_INVALID_SIZE",),
    ),
    Fault(
        "a spectrum that keeps a part of the mean",
        (Edit(EDGE + "spectrum.c", "    z[1][0] += rest_re;\n", ""),),
        SPECTRUM + "test_bands_are_scipy_s",
        ("bands, one in", "beyond the error budget", "bins in 16 bits"),
    ),
    Fault(
        "a band that ends a line too early",
        (Edit(EDGE + "spectrum.c", "6, 9, 14, 22, 33}", "6, 9, 13, 22, 33}"),),
        SPECTRUM + "test_bands_are_scipy_s",
        ("bands, one in", "beyond the error budget"),
    ),
    Fault(
        "a spectrum of bins that are overwritten meanwhile",
        (Edit(EDGE + "spectrum.c", "(s->next + PAST)", "(s->next + PAST - 1u)"),),
        SPECTRUM + "test_the_spread_work_changes_no_bit",
        ("assert",),
    ),
)
