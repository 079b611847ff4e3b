"""Deliberate faults in sensing: capture, the synthetic source, its packets."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

NODE = "components/node/src/"

SENSING = (
    Fault(
        "a dropped frame not counted",
        (Edit(NODE + "csi_collector.c", "        count(DROPPED);\n", "        count(GATED);\n"),),
        "test_scenarios.py::test_a_full_ring_drops_and_nothing_else_goes_wrong",
        ("capture counted gated",),
    ),
    Fault(
        "a MAC filter that looks at four bytes",
        (
            Edit(
                NODE + "csi_collector.c",
                "(word(mac, 0, 1) == atomic_load(&filter.high) &&",
                "(",
            ),
        ),
        "test_capture.py::test_the_filter_looks_at_every_bit",
        ("{'accepted': 1}", "{'filtered': 1}"),
    ),
    Fault(
        "a MAC filter that is not asked",
        (
            Edit(
                NODE + "csi_collector.c",
                "return !atomic_load(&filter.on) ||",
                "return mac[0] < 255u || !atomic_load(&filter.on) ||",
            ),
        ),
        "test_scenarios.py::test_strangers_are_filtered_and_counted",
        ("capture counted filtered 0, expected",),
    ),
    Fault(
        "presence that is forgotten within seconds",
        (Edit("components/edge/src/room.c", "FADE_SHARE  0.00046199f", "FADE_SHARE  0.046199f"),),
        "test_edge_movement.py::test_who_sits_still_is_not_forgotten_for_minutes",
        ("assert",),
    ),
    Fault(
        "no way back from DEGRADED",
        (
            Edit(
                NODE + "adaptive_controller.c",
                "    controller.state = decision.state;\n",
                "    if (controller.state != STATE_DEGRADED || !sensed) {\n"
                "        controller.state = decision.state;\n    }\n",
            ),
        ),
        "test_sensing_controller.py::test_starvation_degrades_and_frames_bring_it_back",
        ("DEGRADED", "SENSE_IDLE"),
    ),
    Fault(
        "a gate that opens a period after the frame that passed it",
        (
            Edit(
                NODE + "csi_collector.c",
                "(now - gate_open_us < CSI_GATE_PERIOD_US ? gate_open_us : now)",
                "now",
            ),
        ),
        "test_capture.py::test_the_gate_holds_its_rate_for_any_spacing",
        ("of 60 passed, expected about",),
    ),
    Fault(
        "a raw frame's sequence number repeated",
        (
            Edit(
                NODE + "stream_sender.c",
                "packet_encode_raw_csi(frame, ++sender.counts.raw, packet)",
                "packet_encode_raw_csi(frame, sender.counts.raw++ / 2u * 2u, packet)",
            ),
        ),
        "test_sensing_packets.py::test_no_scenario_brings_an_undecodable_byte",
        ("raw_csi_frame", "sequence numbers came twice"),
    ),
    Fault(
        "a compressed frame against the wrong one",
        (
            Edit(
                NODE + "stream_sender.c",
                "        sender.previous_len = bytes;\n",
                "        sender.previous_len = bytes;\n        sender.previous[0] ^= 1u;\n",
            ),
        ),
        "test_sensing_packets.py::test_compressed_frames_are_the_raw_ones",
        ("frame ",),
    ),
    Fault(
        "compressed frames without key frames",
        (Edit(NODE + "stream_sender.c", "++sender.since_key >= KEY_EVERY", "false"),),
        "test_sensing_packets.py::test_a_receiver_that_misses_compressed_frames_goes_on_with_the_next_key_frame",
        ("[0] == [0, 16, 32",),
    ),
    Fault(
        "a key frame that is none",
        (
            Edit(
                NODE + "packet_encode_csi.c",
                "csi_compress(prev, (const",
                "csi_compress(prev ? prev : (const uint8_t *)frame->iq, (const",
            ),
        ),
        "test_sensing_packets.py::test_compressed_frames_are_the_raw_ones",
        ("needs a frame before",),
    ),
    Fault(
        "the synthetic room with another noise",
        (
            Edit(
                NODE + "mock_radio.c",
                "const uint32_t word = mock_mix(noise + k);",
                "const uint32_t word = mock_mix(noise + k + 1u);",
            ),
        ),
        "test_mock_csi.py::test_frames_are_the_generator_s",
        ("values differ, first frame 0 pair", "device", "generator"),
    ),
    Fault(
        "a fall reported in every packet from then on",
        (
            Edit(
                NODE + "stream_sender.c", "    *reported = seen->falls;\n", "    (void)reported;\n"
            ),
        ),
        "test_scenarios.py::test_a_fall_is_one_fall",
        ("one fall was synthesised", "were reported"),
    ),
    Fault(
        "starvation not noticed",
        (
            Edit(
                NODE + "csi_rate.c",
                "return frames_since(now_us, SECOND_US);",
                "return frames_since(now_us, 60u * SECOND_US);",
            ),
        ),
        "test_sensing_controller.py::test_starvation_degrades_and_frames_bring_it_back",
        ("SENSE_IDLE", "DEGRADED"),
    ),
    Fault(
        "an empty room that lets a person in",
        (
            Edit(
                NODE + "mock_persons.c",
                "    uint32_t n = 0;\n",
                "    uint32_t n = moment->scenario == MOCK_EMPTY;\n",
            ),
        ),
        "test_scenarios.py::test_an_empty_room_is_empty",
        ("EMPTY seed", "nobody is there, and PRESENCE is reported in seconds"),
    ),
    Fault(
        "a head that is fed with states and spectra",
        (
            Edit(
                NODE + "adaptive_controller.c",
                "if (node_settings()->temporal_feed == TEMPORAL_FEED_STATE) {",
                "if (node_settings()->temporal_feed <= TEMPORAL_FEED_SPECTRUM) {",
            ),
        ),
        "test_temporal_feed.py::test_the_head_classifies_spectra",
        ("assert", "n_frames"),
    ),
    Fault(
        "a silence that is classified again and again",
        (
            Edit(
                NODE + "sensing.c",
                "            (void)temporal_task_forget(); //",
                "            (void)temporal_task_forget; //",
            ),
        ),
        "test_temporal_feed.py::test_a_silence_is_not_classified",
        ("assert",),
    ),
)
