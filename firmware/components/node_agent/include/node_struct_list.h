// The wire structs of the node's own commands (see wire_struct_types.h); those of the agent are in
// hil_struct_list.h. docs/node-protocol.md describes each command.

// clang-format off

// ---- state -------------------------------------------------------------------------------------

// Follows the agent's struct in the reply to `status`.
WIRE_STRUCT(node_status, hil_node_status_t,
    WIRE_FIELD(uint8_t, head_state)            // the head_state_t of node.h
    WIRE_FIELD(uint8_t, controller_state)      // the state numbers of the adaptive controller
    WIRE_FIELD(uint32_t, head_error)           // esp_err_t: why the head is off, 0 when it is on
    WIRE_FIELD(uint32_t, stack_free_temporal)  // of the temporal task; the same as of main
                                               // where they share one stack
    WIRE_FIELD(uint16_t, queue_depth)
    WIRE_FIELD(uint16_t, queue_capacity)
    WIRE_FIELD(uint32_t, queue_drops)
    WIRE_FIELD(uint32_t, drop_log_lines)       // how often a drop was logged
    WIRE_FIELD(uint32_t, frames_pushed)        // accepted into the queue
    WIRE_FIELD(uint32_t, frames_short)         // of those, the frames that were padded with zeros
    WIRE_FIELD(uint32_t, frames_refused)       // frames that the head refused: not finite
    WIRE_FIELD(uint32_t, classify_count)
    WIRE_FIELD(uint32_t, classify_errors)
    WIRE_FIELD(uint32_t, temporal_seq)         // seq of the last 0xC5110007, 0: none yet
    WIRE_FIELD(uint32_t, feature_seq)          // how many 0xC5110006 were emitted
    WIRE_FIELD(uint32_t, packets_sent)
    WIRE_FIELD(uint32_t, packets_failed)
    WIRE_FIELD(uint32_t, packets_network)      // of those sent, the ones that the network took
    WIRE_FIELD(uint64_t, push_cycles)          // the last push, in cycle_unit
    WIRE_FIELD(uint64_t, classify_cycles)      // the last classify
    WIRE_FIELD(uint64_t, classify_cycles_max)
    WIRE_FIELD(uint32_t, classify_gap_ms))     // between two classifications; 0: none is made

// Follows the agent's struct in the boot report.
WIRE_STRUCT(node_boot, hil_node_boot_t,
    WIRE_FIELD(uint8_t, head_state)        // the head_state_t of node.h
    WIRE_FIELD(uint8_t, weights_source)    // 0 none, 1 slot 0, 2 slot 1, 3 embedded
    WIRE_FIELD(uint32_t, head_error)       // esp_err_t
    WIRE_FIELD(uint32_t, self_test_error)  // esp_err_t
    WIRE_ARRAY(uint32_t, slot_error, 2)    // esp_err_t; NOT_FOUND: empty
    WIRE_FIELD(uint32_t, weights_crc)
    WIRE_FIELD(uint32_t, weights_len)
    WIRE_FIELD(uint32_t, weights_generation)
    WIRE_FIELD(uint32_t, input_dim)
    WIRE_FIELD(uint32_t, window_len)       // the longest window that a model may have
    WIRE_FIELD(uint32_t, n_classes)        // of the weights in use, if there are any
    WIRE_FIELD(uint32_t, classify_period_ms)
    WIRE_ARRAY(char, head_reason, 64)      // one sentence
    WIRE_FIELD(uint8_t, temporal_feed)     // what the head is fed with: 0 states, 1 spectra
    WIRE_FIELD(uint8_t, settings_lost)     // 1: the store was unreadable, so it was erased, and
                                           // nothing was written since; 2: no store can be opened;
                                           // 3: some of it is damaged
    WIRE_FIELD(uint8_t, max_classes))      // the most classes that a model may have

// Follows the agent's struct in a `restore` request.
WIRE_STRUCT(node_restore_req, hil_node_restore_req_t,
    WIRE_FIELD(uint16_t, target_port)) // packets go there until the next boot or restore; 0: to the
                                       // port in the settings

// ---- settings ----------------------------------------------------------------------------------

// `setting`: a number that survives a reset. The key is its place in the node's list, which
// `setting_info` reports. It takes effect with the next boot or restore.
WIRE_STRUCT(setting_req, hil_setting_req_t,
    WIRE_FIELD(uint8_t, key)
    WIRE_FIELD(uint32_t, value))

// Two settings are bytes, without a struct. `hop_table`: the channels, one byte each; none: no
// hopping. `sender`: the address of the sender whose frames are taken; none: everybody's.

WIRE_STRUCT(setting_info_req, hil_setting_info_req_t,
    WIRE_FIELD(uint16_t, index))

// One line of the list of settings.
WIRE_STRUCT(setting_info, hil_setting_info_t,
    WIRE_FIELD(uint16_t, total)     // how many there are
    WIRE_FIELD(uint8_t, key)
    WIRE_FIELD(uint8_t, kind)       // 0 u8, 1 u16, 2 u32, 3 text, 4 bytes
    WIRE_FIELD(uint32_t, low)       // the range of the value; of text and bytes, of the length
    WIRE_FIELD(uint32_t, high)
    WIRE_FIELD(uint32_t, fallback)  // the value where it was never set
    WIRE_ARRAY(char, name, 16))

// `settings`: those in force.
WIRE_STRUCT(settings, hil_settings_t,
    WIRE_FIELD(uint8_t, embed_weights)
    WIRE_FIELD(uint8_t, start_head)
    WIRE_FIELD(uint8_t, node_id)
    WIRE_FIELD(uint8_t, edge_tier)
    WIRE_FIELD(uint16_t, min_pkt_yield)
    WIRE_FIELD(uint16_t, hop_dwell_ms)
    WIRE_FIELD(float, thr_coherence)
    WIRE_FIELD(float, thr_anomaly)
    WIRE_FIELD(float, thr_motion)
    WIRE_FIELD(float, thr_presence)
    WIRE_FIELD(float, thr_still)
    WIRE_FIELD(uint8_t, n_channels)
    WIRE_ARRAY(uint8_t, channels, HIL_MAX_CHANNELS)  // then zeros
    WIRE_FIELD(uint8_t, has_sender)
    WIRE_ARRAY(uint8_t, sender, 6)
    WIRE_FIELD(uint16_t, traffic_hz)
    WIRE_FIELD(uint8_t, temporal_feed)               // what the head is fed with: 0 states, 1
                                                     // spectra
    WIRE_FIELD(uint8_t, spectrum_hop))

// ---- weights -----------------------------------------------------------------------------------

WIRE_STRUCT(weights_begin_req, hil_weights_begin_req_t,
    WIRE_FIELD(uint32_t, total_len)
    WIRE_FIELD(uint32_t, crc32)  // CRC-32 of all but the last 4 bytes, which are this CRC in every
                                 // blob. It tells one upload from another; over all bytes it would
                                 // be the same for every blob.
    WIRE_FIELD(uint8_t, flags))  // bit 0: accept a blob whose shape is not the node's

WIRE_STRUCT(weights_begin, hil_weights_begin_t,
    WIRE_FIELD(uint32_t, resume_offset)  // how many bytes of this upload are there already
    WIRE_FIELD(uint8_t, slot))

// The bytes follow.
WIRE_STRUCT(weights_chunk_req, hil_weights_chunk_req_t,
    WIRE_FIELD(uint32_t, offset))

WIRE_STRUCT(weights_chunk, hil_weights_chunk_t,
    WIRE_FIELD(uint32_t, next_offset))

WIRE_STRUCT(weights_commit, hil_weights_commit_t,
    WIRE_FIELD(uint32_t, generation)
    WIRE_FIELD(uint8_t, slot))

// Raw access to the weights partition, to test what a bad flash does. `part_read`: the reply is the
// bytes. `part_write`: the bytes follow and are programmed, which only clears bits. `part_erase`:
// erases every unit that the range touches.
WIRE_STRUCT(part_req, hil_part_req_t,
    WIRE_FIELD(uint32_t, offset)
    WIRE_FIELD(uint32_t, len))

WIRE_STRUCT(part_info, hil_part_info_t,
    WIRE_FIELD(uint32_t, size)
    WIRE_FIELD(uint32_t, erase_size)
    WIRE_ARRAY(uint32_t, slot_offset, 2)  // of the slot's header
    WIRE_ARRAY(uint32_t, slot_size, 2)
    WIRE_FIELD(uint32_t, blob_offset))    // of the blob, relative to the slot's header

// ---- temporal task -----------------------------------------------------------------------------

WIRE_STRUCT(task_req, hil_task_req_t,
    WIRE_FIELD(uint8_t, action)  // 0 stop, 1 start, 2 hold (frames stay in its queue), 3 release
    WIRE_FIELD(uint32_t, input_dim)
    WIRE_FIELD(uint32_t, window_len)
    WIRE_FIELD(uint32_t, n_classes))

// n_frames * frame_len float32 follow.
WIRE_STRUCT(push_req, hil_push_req_t,
    WIRE_FIELD(uint16_t, n_frames)
    WIRE_FIELD(uint16_t, frame_len))

WIRE_STRUCT(push, hil_push_t,
    WIRE_FIELD(uint16_t, accepted)
    WIRE_FIELD(uint16_t, rejected)
    WIRE_FIELD(uint32_t, last_error)) // esp_err_t of the last rejected frame

// n_classes float32 logits follow.
WIRE_STRUCT(classify, hil_classify_t,
    WIRE_FIELD(uint32_t, n_classes)
    WIRE_FIELD(uint32_t, n_frames)
    WIRE_FIELD(uint64_t, cycles))

// ---- kernel under test: attention, stream, head ------------------------------------------------

WIRE_STRUCT(attention_config, hil_attention_config_t,
    WIRE_FIELD(uint32_t, window)
    WIRE_FIELD(uint32_t, block_size)
    WIRE_FIELD(uint8_t, causal)
    WIRE_FIELD(uint8_t, use_log_stride)
    WIRE_FIELD(uint8_t, use_landmarks)
    WIRE_FIELD(uint8_t, n_globals)
    WIRE_ARRAY(uint32_t, global_tokens, HIL_MAX_GLOBALS)
    WIRE_FIELD(uint8_t, kernel)) // 0 fast, 1 plain

// Where the arrays lie in the arena, aligned to 4: q and out [n, Hq, d], k and v [n, Hkv, d], all
// float32.
WIRE_STRUCT(attention_arrays, hil_attention_arrays_t,
    WIRE_FIELD(uint32_t, q_offset)
    WIRE_FIELD(uint32_t, k_offset)
    WIRE_FIELD(uint32_t, v_offset)
    WIRE_FIELD(uint32_t, out_offset))

WIRE_STRUCT(attention_req, hil_attention_req_t,
    WIRE_FIELD(hil_attention_config_t, config)
    WIRE_FIELD(uint32_t, n_tokens)
    WIRE_FIELD(uint32_t, n_q_heads)
    WIRE_FIELD(uint32_t, n_kv_heads)
    WIRE_FIELD(uint32_t, head_dim)
    WIRE_FIELD(hil_attention_arrays_t, arrays)
    WIRE_FIELD(uint32_t, scratch_offset)) // the kernel's scratch is from here to the arena's end

WIRE_STRUCT(attention, hil_attention_t,
    WIRE_FIELD(uint64_t, edges)
    WIRE_FIELD(uint64_t, cycles)
    WIRE_FIELD(uint32_t, scratch_bytes))

WIRE_STRUCT(stream_open_req, hil_stream_open_req_t,
    WIRE_FIELD(hil_attention_config_t, config)
    WIRE_FIELD(uint32_t, capacity)
    WIRE_FIELD(uint32_t, n_q_heads)
    WIRE_FIELD(uint32_t, n_kv_heads)
    WIRE_FIELD(uint32_t, head_dim)
    WIRE_FIELD(uint8_t, dtype)           // of the cache: 0 float32, 1 float16
    WIRE_FIELD(uint32_t, memory_offset)) // cache and scratch are from here to the arena's end

// Runs `count` steps on consecutive tokens in the arena, up to the first that is refused.
WIRE_STRUCT(stream_step_req, hil_stream_step_req_t,
    WIRE_FIELD(uint32_t, count)
    WIRE_FIELD(hil_attention_arrays_t, arrays))

WIRE_STRUCT(stream_step, hil_stream_step_t,
    WIRE_FIELD(uint32_t, done)
    WIRE_FIELD(uint32_t, cache_len)
    WIRE_FIELD(uint32_t, error)      // esp_err_t of the step that was refused; 0: none was
    WIRE_FIELD(uint32_t, cache_crc)  // CRC-32 of the cache's memory, which a refused step leaves as
                                     // it is
    WIRE_FIELD(uint64_t, cycles))    // of the last step

// H2O eviction on the open stream: float32 scores [cache_len], and k and v of one token.
WIRE_STRUCT(stream_evict_req, hil_stream_evict_req_t,
    WIRE_FIELD(uint32_t, k_offset)
    WIRE_FIELD(uint32_t, v_offset)
    WIRE_FIELD(uint32_t, scores_offset))

WIRE_STRUCT(stream_evict, hil_stream_evict_t,
    WIRE_FIELD(uint32_t, evicted)  // 0xFFFFFFFF: none
    WIRE_FIELD(uint32_t, cache_len)
    WIRE_FIELD(uint32_t, cache_crc))

WIRE_STRUCT(head_open_req, hil_head_open_req_t,
    WIRE_FIELD(uint32_t, blob_offset)  // any alignment
    WIRE_FIELD(uint32_t, blob_len)
    WIRE_FIELD(uint32_t, input_dim)
    WIRE_FIELD(uint32_t, window_len)
    WIRE_FIELD(uint32_t, n_classes)
    WIRE_FIELD(uint8_t, form)          // 0 chosen by shape, 1 direct, 2 folded
    WIRE_FIELD(uint8_t, kernel))       // 0 fast, 1 plain

WIRE_STRUCT(head_open, hil_head_open_t,
    WIRE_FIELD(uint32_t, working_set_bytes)
    WIRE_FIELD(uint8_t, form)) // the one in use: 1 direct, 2 folded

// `head_push`: pushes n_frames frames of input_dim floats from the arena, up to the first that is
// refused.
WIRE_STRUCT(head_push_req, hil_head_push_req_t,
    WIRE_FIELD(uint32_t, frames_offset)
    WIRE_FIELD(uint32_t, n_frames))

WIRE_STRUCT(head_push, hil_head_push_t,
    WIRE_FIELD(uint32_t, done)
    WIRE_FIELD(uint32_t, error)
    WIRE_FIELD(uint32_t, frames_in_ring)
    WIRE_FIELD(uint64_t, cycles)) // of the last push

// `profile` switches the measuring of the head's phases on or off. The reply has what the last
// head_classify or step took. Phases: other, projection, candidates, scores, weights, sums of
// values, landmarks.
WIRE_STRUCT(profile, hil_profile_t,
    WIRE_ARRAY(uint64_t, cycles, HIL_PROFILE_PHASES)  // in cycle_unit, without what the measuring
                                                      // took
    WIRE_ARRAY(uint64_t, macs, HIL_PROFILE_PHASES)    // multiply-accumulates
    WIRE_FIELD(uint32_t, marks)                       // how often the phase changed
    WIRE_FIELD(uint32_t, stack_bytes))                // bytes of stack used; 0: unknown here

// ---- controller --------------------------------------------------------------------------------

// What the fast loop collects. `observe` sets it until the next observation.
WIRE_STRUCT(observation, hil_observation_t,
    WIRE_FIELD(float, motion)
    WIRE_FIELD(float, presence)
    WIRE_FIELD(float, respiration_bpm)
    WIRE_FIELD(float, respiration_conf)
    WIRE_FIELD(float, heartbeat_bpm)
    WIRE_FIELD(float, heartbeat_conf)
    WIRE_FIELD(float, anomaly)
    WIRE_FIELD(float, env_shift)
    WIRE_FIELD(float, coherence)
    WIRE_FIELD(uint16_t, pkt_yield)
    WIRE_FIELD(uint16_t, quality_flags))

// The reply to `decide`, a pure function of an observation.
WIRE_STRUCT(decision, hil_decision_t,
    WIRE_FIELD(uint8_t, state)
    WIRE_FIELD(uint8_t, profile))

WIRE_STRUCT(switch_req, hil_switch_req_t,
    WIRE_FIELD(uint8_t, on))

// ---- channel state -----------------------------------------------------------------------------

// `mock_scenario`
WIRE_STRUCT(mock_req, hil_mock_req_t,
    WIRE_FIELD(uint8_t, scenario)  // mock_scenario_t; HIL_MOCK_OFF: none
    WIRE_FIELD(uint32_t, seed))

// `csi_status`: counters since restore
WIRE_STRUCT(csi_status, hil_csi_status_t,
    WIRE_FIELD(uint32_t, received)  // each of them is counted in one of the next six too
    WIRE_FIELD(uint32_t, accepted)
    WIRE_FIELD(uint32_t, zero_length)
    WIRE_FIELD(uint32_t, oversized)
    WIRE_FIELD(uint32_t, filtered)  // of another sender
    WIRE_FIELD(uint32_t, gated)     // came sooner than 100 Hz allows
    WIRE_FIELD(uint32_t, dropped)   // the ring was full
    WIRE_FIELD(uint32_t, hops)
    WIRE_FIELD(uint32_t, raw_seq)   // of the last 0xC5110001, 0: none yet
    WIRE_FIELD(uint16_t, ring_depth)
    WIRE_FIELD(uint16_t, ring_capacity)
    WIRE_FIELD(uint8_t, source)     // 0 none, 1 radio, 2 synthetic, 3 frames by `csi_frame`
    WIRE_FIELD(uint8_t, scenario)   // of the synthetic source, else HIL_MOCK_OFF
    WIRE_FIELD(uint8_t, channel)
    WIRE_FIELD(int8_t, rssi)        // of the last accepted frame, then the lowest and highest; dBm
    WIRE_FIELD(int8_t, rssi_min)
    WIRE_FIELD(int8_t, rssi_max)
    WIRE_FIELD(int8_t, noise_floor))

// `csi_filter`
WIRE_STRUCT(csi_filter_req, hil_csi_filter_req_t,
    WIRE_FIELD(uint8_t, on)
    WIRE_ARRAY(uint8_t, mac, 6))

// `csi_hop`: the channels follow, one byte each; none: no hopping.
WIRE_STRUCT(csi_hop_req, hil_csi_hop_req_t,
    WIRE_FIELD(uint16_t, dwell_ms))

// `csi_frame`: a frame as the radio's callback would bring it; the pairs follow, unless the header
// states more of them than a frame may have. A stepped clock is moved by after_us first;
// the frame comes before the work that is due at that time. The reply is hil_time_t.
WIRE_STRUCT(csi_frame_req, hil_csi_frame_req_t,
    WIRE_ARRAY(uint8_t, mac, 6)
    WIRE_FIELD(uint8_t, channel)
    WIRE_FIELD(uint8_t, n_antennas)
    WIRE_FIELD(uint16_t, n_subcarriers)
    WIRE_FIELD(int8_t, rssi)
    WIRE_FIELD(int8_t, noise_floor)
    WIRE_FIELD(uint32_t, after_us)
    WIRE_FIELD(uint16_t, csi_layout)) // as in 0xC5110001

// `csi_feed`: from now on frames come by `csi_frame`, about as many a second as this, which is at
// most what the gate lets through; 0: not known.
WIRE_STRUCT(csi_feed_req, hil_csi_feed_req_t,
    WIRE_FIELD(float, rate_hz))

// `stream_rates`: a packet for every n-th frame, or one every so many ms; 0: none
WIRE_STRUCT(stream_rates_req, hil_stream_rates_req_t,
    WIRE_FIELD(uint16_t, raw_every)
    WIRE_FIELD(uint16_t, compressed_every)
    WIRE_FIELD(uint16_t, vitals_ms)
    WIRE_FIELD(uint16_t, vector_ms))

// `mmwave`: what the second sensor reports. Type 0: there is no second sensor.
WIRE_STRUCT(mmwave_req, hil_mmwave_req_t,
    WIRE_FIELD(uint8_t, type)
    WIRE_FIELD(uint8_t, targets)
    WIRE_FIELD(uint8_t, confidence)  // 0..100
    WIRE_FIELD(float, heart_bpm)
    WIRE_FIELD(float, breathing_bpm)
    WIRE_FIELD(float, distance_cm))

// ---- edge features -----------------------------------------------------------------------------

// What is known after the last frame.
WIRE_STRUCT(edge_features, hil_edge_features_t,
    HIL_EDGE_FEATURES(WIRE_FIELD, WIRE_ARRAY))

// `sense_status`: what the node has made of the frames so far
WIRE_STRUCT(sense_status, hil_sense_status_t,
    WIRE_FIELD(uint8_t, phase)       // state number: 2 radio init, 3 time sync, 4 calibration, 5
                                     // sensing
    WIRE_FIELD(uint8_t, state)       // of the controller
    WIRE_FIELD(uint16_t, pkt_yield)  // frames of the last second
    WIRE_FIELD(uint16_t, sync_error_us)
    WIRE_FIELD(uint32_t, raw_seq)    // number of the last packet of each kind, or how many
                                     // there were; 0: none yet
    WIRE_FIELD(uint32_t, compressed_count)
    WIRE_FIELD(uint32_t, vitals_count)
    WIRE_FIELD(uint32_t, fused_count)
    WIRE_FIELD(uint32_t, vector_seq)
    WIRE_FIELD(uint32_t, health_epoch)
    WIRE_FIELD(float, rate_hz)       // frames a second, of the last two seconds
    WIRE_FIELD(hil_edge_features_t, features))

// ---- edge features under test, in a context that lies in the arena ------------------------------

// The context is at memory_offset, aligned to 16.
WIRE_STRUCT(edge_open_req, hil_edge_open_req_t,
    WIRE_FIELD(uint32_t, calibration_ms)
    WIRE_FIELD(uint8_t, tier)
    WIRE_FIELD(uint8_t, spectrum_every)  // bins of 20 ms; 0: no spectra
    WIRE_FIELD(uint32_t, memory_offset))

WIRE_STRUCT(edge_open, hil_edge_open_t,
    WIRE_FIELD(uint32_t, context_bytes))

// A frame in the arena: this struct, and behind it iq_len bytes of I, Q pairs.
WIRE_STRUCT(edge_frame, hil_edge_frame_t,
    WIRE_FIELD(uint64_t, ts_us)
    WIRE_ARRAY(uint8_t, mac, 6)
    WIRE_FIELD(uint8_t, channel)
    WIRE_FIELD(uint8_t, n_antennas)
    WIRE_FIELD(uint16_t, n_subcarriers)
    WIRE_FIELD(int8_t, rssi)
    WIRE_FIELD(int8_t, noise_floor)
    WIRE_FIELD(uint16_t, iq_len)
    WIRE_FIELD(uint16_t, csi_layout))

// The frames lie one behind the other. A hil_edge_result_t is written for each.
WIRE_STRUCT(edge_push_req, hil_edge_push_req_t,
    WIRE_FIELD(uint32_t, frames_offset)
    WIRE_FIELD(uint32_t, n_frames)
    WIRE_FIELD(uint32_t, out_offset))

WIRE_STRUCT(edge_result, hil_edge_result_t,
    WIRE_FIELD(uint32_t, error)   // esp_err_t of this frame
    WIRE_FIELD(uint64_t, cycles)  // that pushing the frame took
    WIRE_FIELD(hil_edge_features_t, features))

// `edge_bin`: the last complete bin
WIRE_STRUCT(edge_bin, hil_edge_bin_t,
    WIRE_FIELD(uint64_t, mask)     // bit s: slot s holds a carrier
    WIRE_FIELD(uint8_t, held)      // 1: no frame came in its time, so it repeats the bin before
    WIRE_ARRAY(float, n, 64)       // amplitude over the mean amplitude
    WIRE_ARRAY(float, ratio, 116)) // z[s + 6] conj(z[s]) over its square: 58 times re, im
