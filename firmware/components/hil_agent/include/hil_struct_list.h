// The agent's wire structs, by wire_struct_types.h: requests, replies and events of the HIL
// protocol, version 1. docs/node-protocol.md describes the line format and each command.

// clang-format off

// ---- session -----------------------------------------------------------------------------------

WIRE_STRUCT(hello_req, hil_hello_req_t,
    WIRE_FIELD(uint32_t, protocol))

WIRE_STRUCT(hello, hil_hello_t,
    WIRE_FIELD(uint32_t, protocol)
    WIRE_FIELD(uint32_t, boot_nonce)
    WIRE_FIELD(uint16_t, max_line)
    WIRE_FIELD(uint16_t, max_payload)
    WIRE_FIELD(uint16_t, rx_buffer)    // bytes the host may have unanswered on the line
    WIRE_FIELD(uint8_t, reply_cache)
    WIRE_FIELD(uint8_t, clock_mode)    // 0 real, 1 stepped
    WIRE_FIELD(uint32_t, arena_bytes)  // scratch memory for kernel tests
    WIRE_FIELD(uint32_t, last_id)      // the highest request id executed since boot
    WIRE_ARRAY(char, target, 16)       // "qemu", "host", "linux", "esp32s3", ... NUL padded
    WIRE_ARRAY(char, version, 32)
    WIRE_ARRAY(uint8_t, elf_sha256, 32))

WIRE_STRUCT(layout_req, hil_layout_req_t,
    WIRE_FIELD(uint16_t, index))

// A layout reply: this header, name[name_len], then n_fields times hil_layout_field_t + name.
WIRE_STRUCT(layout, hil_layout_t,
    WIRE_FIELD(uint16_t, total)  // how many structs the node knows
    WIRE_FIELD(uint16_t, index)
    WIRE_FIELD(uint16_t, size)   // sizeof
    WIRE_FIELD(uint8_t, n_fields)
    WIRE_FIELD(uint8_t, name_len))

WIRE_STRUCT(layout_field, hil_layout_field_t,
    WIRE_FIELD(uint16_t, offset)
    WIRE_FIELD(uint16_t, size)
    WIRE_FIELD(uint8_t, name_len))

// What is of the head, the controller, the queue, frames and packets is the firmware's to fill in;
// 0 where it has none.
WIRE_STRUCT(status, hil_status_t,
    WIRE_FIELD(uint64_t, now_us)               // the node's clock, real or stepped
    WIRE_FIELD(uint8_t, clock_mode)
    WIRE_FIELD(uint8_t, head_state)            // hil_head_state_t
    WIRE_FIELD(uint8_t, controller_state)      // the state numbers of the adaptive controller
    WIRE_FIELD(uint8_t, cycle_unit)            // 0 none, 1 retired instructions, 2 CPU cycles
    WIRE_FIELD(uint32_t, head_error)           // esp_err_t: why the head is off, 0 when it is on
    WIRE_FIELD(uint32_t, heap_free)
    WIRE_FIELD(uint32_t, heap_min_free)        // lowest since boot
    WIRE_FIELD(uint32_t, stack_free_main)      // high-water mark: bytes never used, main loop
    WIRE_FIELD(uint32_t, stack_free_temporal)  // the temporal task's; equals main's where they
                                               // share one stack
    WIRE_FIELD(uint16_t, queue_depth)
    WIRE_FIELD(uint16_t, queue_capacity)
    WIRE_FIELD(uint32_t, queue_drops)
    WIRE_FIELD(uint32_t, drop_log_lines)       // how often a drop was logged
    WIRE_FIELD(uint32_t, frames_pushed)        // accepted into the queue
    WIRE_FIELD(uint32_t, frames_short)         // of those, padded with zeros
    WIRE_FIELD(uint32_t, frames_refused)       // non-finite frames the head refused
    WIRE_FIELD(uint32_t, classify_count)
    WIRE_FIELD(uint32_t, classify_errors)
    WIRE_FIELD(uint32_t, temporal_seq)         // seq of the last 0xC5110007, 0: none yet
    WIRE_FIELD(uint32_t, feature_seq)          // how many 0xC5110006 were emitted
    WIRE_FIELD(uint32_t, packets_sent)
    WIRE_FIELD(uint32_t, packets_failed)
    WIRE_FIELD(uint32_t, packets_network)      // of those sent, the ones that the network took
    WIRE_FIELD(uint32_t, log_lines)            // log lines written since boot
    WIRE_FIELD(uint32_t, rx_bytes)
    WIRE_FIELD(uint32_t, rx_overruns)          // bytes the UART lost
    WIRE_FIELD(uint32_t, lines_ok)
    WIRE_FIELD(uint32_t, lines_garbage)        // not a request at all
    WIRE_FIELD(uint32_t, lines_overlong)
    WIRE_FIELD(uint32_t, lines_bad_crc)
    WIRE_FIELD(uint32_t, unknown_commands)
    WIRE_FIELD(uint32_t, replays)              // repeated ids answered from the cache
    WIRE_FIELD(uint32_t, stale_ids)            // ids too old to answer, refused
    WIRE_FIELD(uint64_t, push_cycles)          // the last push, in cycle_unit
    WIRE_FIELD(uint64_t, classify_cycles)      // the last classify
    WIRE_FIELD(uint64_t, classify_cycles_max)
    WIRE_FIELD(uint32_t, classify_gap_ms))     // from one to the next; 0: none is made

// Back to the state after boot without a reset: task, queue, counters, arena, mirror and
// observation.
WIRE_STRUCT(restore_req, hil_restore_req_t,
    WIRE_FIELD(uint8_t, clock_mode)    // stepped time starts at 0
    WIRE_FIELD(uint16_t, target_port)) // packets go there until the next boot or restore; 0: as it
                                       // is set

WIRE_STRUCT(advance_req, hil_advance_req_t,
    WIRE_FIELD(uint64_t, us))

WIRE_STRUCT(time, hil_time_t,
    WIRE_FIELD(uint64_t, now_us))

// `panic`: 0 abort, 1 load from an unmapped address, 2 illegal instruction. `hang`: 0 busy loop, 1
// with interrupts off.
WIRE_STRUCT(kind_req, hil_kind_req_t,
    WIRE_FIELD(uint8_t, kind))

// ---- boot report (event `boot`) ----------------------------------------------------------------

WIRE_STRUCT(partition, hil_partition_t,
    WIRE_ARRAY(char, name, 16)
    WIRE_FIELD(uint32_t, offset)
    WIRE_FIELD(uint32_t, size))

// What is of the head, the weights and the settings is the firmware's to fill in.
WIRE_STRUCT(boot_report, hil_boot_report_t,
    WIRE_FIELD(uint32_t, protocol)
    WIRE_FIELD(uint32_t, boot_nonce)
    WIRE_FIELD(uint8_t, reset_reason)      // machine_reset_reason_t
    WIRE_FIELD(uint8_t, clock_mode)
    WIRE_FIELD(uint8_t, head_state)        // hil_head_state_t
    WIRE_FIELD(uint8_t, weights_source)    // 0 none, 1 slot 0, 2 slot 1, 3 embedded
    WIRE_FIELD(uint32_t, head_error)       // esp_err_t
    WIRE_FIELD(uint32_t, self_test_error)  // esp_err_t
    WIRE_ARRAY(uint32_t, slot_error, 2)    // esp_err_t; NOT_FOUND: empty
    WIRE_FIELD(uint32_t, weights_crc)
    WIRE_FIELD(uint32_t, weights_len)
    WIRE_FIELD(uint32_t, weights_generation)
    WIRE_FIELD(uint32_t, flash_bytes)
    WIRE_FIELD(uint32_t, heap_bytes)
    WIRE_FIELD(uint32_t, input_dim)
    WIRE_FIELD(uint32_t, window_len)       // the most that a model may have
    WIRE_FIELD(uint32_t, n_classes)        // of the weights, where there are any
    WIRE_FIELD(uint32_t, classify_period_ms)
    WIRE_ARRAY(uint8_t, elf_sha256, 32)
    WIRE_ARRAY(char, target, 16)
    WIRE_ARRAY(char, chip, 32)
    WIRE_ARRAY(char, version, 32)
    WIRE_ARRAY(char, idf_version, 32)
    WIRE_ARRAY(char, head_reason, 64)      // one sentence
    WIRE_FIELD(uint8_t, n_partitions)
    WIRE_FIELD(uint8_t, temporal_feed)     // what the head is fed with: 0 states, 1 spectra
    WIRE_FIELD(uint8_t, settings_lost)     // 1: the store was unreadable and erased, and not
                                           // written anew since; 2: none can be opened
    WIRE_FIELD(uint8_t, max_classes)       // the most that a model may have
    WIRE_ARRAY(hil_partition_t, partitions, HIL_MAX_PARTITIONS))

// ---- scratch memory ----------------------------------------------------------------------------

// `arena_put`: followed by the bytes; `arena_get`: -> bytes
WIRE_STRUCT(arena_req, hil_arena_req_t,
    WIRE_FIELD(uint32_t, offset)
    WIRE_FIELD(uint32_t, len)) // arena_get only; arena_put: the number of bytes that follow

// ---- exported functions ------------------------------------------------------------------------

WIRE_STRUCT(export_req, hil_export_req_t,
    WIRE_FIELD(uint16_t, index))

// Head of an `export` reply: the function's name and its arguments follow.
WIRE_STRUCT(export_head, hil_export_head_t,
    WIRE_FIELD(uint16_t, total)
    WIRE_FIELD(uint16_t, index)
    WIRE_FIELD(uint8_t, result) // HIL_TYPE; 0: it returns nothing
    WIRE_FIELD(uint8_t, n_arguments)
    WIRE_FIELD(uint8_t, name_len))

// One of them: its name and its length follow.
WIRE_STRUCT(export_argument, hil_export_argument_t,
    WIRE_FIELD(uint8_t, type)  // HIL_TYPE of an element
    WIRE_FIELD(uint8_t, kind)  // hil_argument_kind_t
    WIRE_FIELD(uint8_t, name_len)
    WIRE_FIELD(uint8_t, length_len))

// `call`: followed by a place for each argument
WIRE_STRUCT(call_req, hil_call_req_t,
    WIRE_FIELD(uint16_t, index)
    WIRE_FIELD(uint8_t, n_arguments))

// Bytes of the arena.
WIRE_STRUCT(call_place, hil_call_place_t,
    WIRE_FIELD(uint32_t, offset)
    WIRE_FIELD(uint32_t, len))

WIRE_STRUCT(call_reply, hil_call_reply_t,
    WIRE_FIELD(uint64_t, cycles)      // in cycle_unit
    WIRE_FIELD(uint32_t, stack_bytes) // how deep it went
    WIRE_FIELD(uint8_t, stack_known)  // whether the machine can tell
    WIRE_ARRAY(uint8_t, result, 8))   // what it returned, in its first bytes
