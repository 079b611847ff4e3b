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
        "a silence that is filtered as if nothing had happened",
        (
            Edit(
                EDGE + "front.c",
                "ts_us > front->last_ts_us + EDGE_SILENCE_US",
                "ts_us > front->last_ts_us + 100u * EDGE_SILENCE_US",
            ),
        ),
        FEATURES + "test_uneven_time",
        ("uneven, frame 300", "the twin's"),
    ),
    Fault(
        "a late frame that is taken into the bin that is open",
        (
            Edit(
                EDGE + "front.c",
                "ts_us / EDGE_BIN_US < front->open",
                "ts_us / EDGE_BIN_US + 1000u < front->open",
            ),
        ),
        FEATURES + "test_late_and_duplicate_frames_are_counted_and_change_nothing",
        ("late, frame", "late is 0, the twin's 1"),
    ),
    Fault(
        "a frame of other carriers that is taken for the link's",
        (
            Edit(
                EDGE + "front.c",
                "            return FRONT_OTHER_BASIS;\n",
                "            return FRONT_USED;\n",
            ),
        ),
        FEATURES + "test_a_frame_of_other_carriers_is_not_another_link",
        ("mixed, frame", "other_basis is 0, the twin's 1"),
    ),
    Fault(
        "a running mean with another corner",
        (Edit(EDGE + "movement.c", "#define FAST_SHARE 0.46650914f", "#define FAST_SHARE 0.46f"),),
        FEATURES + "test_a_scenario[walking]",
        ("walking motion", "beyond the error budget"),
    ),
    Fault(
        "a refused frame that moves the clock",
        (
            Edit(
                EDGE + "edge.c",
                "        edge->features.refused++;\n        return ESP_ERR_INVALID_SIZE;\n",
                "        edge->features.refused++;\n        edge->front.last_ts_us += 60000000u;\n"
                "        return ESP_ERR_INVALID_SIZE;\n",
            ),
        ),
        FEATURES + "test_a_bad_frame_is_refused_and_changes_nothing",
        ("refusals, frame 24",),
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
                "    calm = calm > MIN_JUMP ? calm : MIN_JUMP;\n",
                "    calm = calm > 9.0f ? calm : MIN_JUMP;\n",
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
