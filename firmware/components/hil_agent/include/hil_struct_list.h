// The agent's wire structs (see wire_struct_types.h): requests, replies and events of the HIL
// protocol, version 3. docs/node-protocol.md describes the line format and each command.

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
    WIRE_FIELD(uint32_t, arena_bytes)  // scratch memory for tests
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

// In a reply the firmware's own struct follows, if it has one.
WIRE_STRUCT(status, hil_status_t,
    WIRE_FIELD(uint64_t, now_us)           // the node's clock, real or stepped
    WIRE_FIELD(uint8_t, clock_mode)
    WIRE_FIELD(uint8_t, cycle_unit)        // 0 none, 1 retired instructions, 2 CPU cycles
    WIRE_FIELD(uint32_t, heap_free)
    WIRE_FIELD(uint32_t, heap_min_free)    // lowest since boot
    WIRE_FIELD(uint32_t, stack_free_main)  // high-water mark: bytes never used, main loop
    WIRE_FIELD(uint32_t, log_lines)        // log lines written since boot
    WIRE_FIELD(uint32_t, rx_bytes)
    WIRE_FIELD(uint32_t, rx_overruns)      // bytes the UART lost
    WIRE_FIELD(uint32_t, lines_ok)
    WIRE_FIELD(uint32_t, lines_garbage)    // lines that are not requests
    WIRE_FIELD(uint32_t, lines_overlong)
    WIRE_FIELD(uint32_t, lines_bad_crc)
    WIRE_FIELD(uint32_t, unknown_commands)
    WIRE_FIELD(uint32_t, replays)          // repeated ids answered from the cache
    WIRE_FIELD(uint32_t, stale_ids))       // requests refused because their ids are too old

// Brings the firmware, the agent's counters and the arena back to the state after boot, without a
// reset. The firmware's own struct follows, if it has one.
WIRE_STRUCT(restore_req, hil_restore_req_t,
    WIRE_FIELD(uint8_t, clock_mode)) // a stepped clock starts at 0

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

// In the event and in a reply the firmware's own struct follows, if it has one.
WIRE_STRUCT(boot_report, hil_boot_report_t,
    WIRE_FIELD(uint32_t, protocol)
    WIRE_FIELD(uint32_t, boot_nonce)
    WIRE_FIELD(uint8_t, reset_reason) // machine_reset_reason_t
    WIRE_FIELD(uint8_t, clock_mode)
    WIRE_FIELD(uint32_t, flash_bytes)
    WIRE_FIELD(uint32_t, heap_bytes)
    WIRE_ARRAY(uint8_t, elf_sha256, 32)
    WIRE_ARRAY(char, target, 16)
    WIRE_ARRAY(char, chip, 32)
    WIRE_ARRAY(char, version, 32)
    WIRE_ARRAY(char, idf_version, 32)
    WIRE_FIELD(uint8_t, n_partitions)
    WIRE_ARRAY(hil_partition_t, partitions, HIL_MAX_PARTITIONS))

// ---- scratch memory ----------------------------------------------------------------------------

// `arena_put`: the bytes follow. `arena_get`: the reply is the bytes.
WIRE_STRUCT(arena_req, hil_arena_req_t,
    WIRE_FIELD(uint32_t, offset)
    WIRE_FIELD(uint32_t, len))

// ---- exported functions ------------------------------------------------------------------------

WIRE_STRUCT(export_req, hil_export_req_t,
    WIRE_FIELD(uint16_t, index))

// The beginning of an `export` reply: the function's name and its arguments follow.
WIRE_STRUCT(export_head, hil_export_head_t,
    WIRE_FIELD(uint16_t, total)
    WIRE_FIELD(uint16_t, index)
    WIRE_FIELD(uint8_t, result) // HIL_TYPE; 0: it returns nothing
    WIRE_FIELD(uint8_t, n_arguments)
    WIRE_FIELD(uint8_t, name_len))

// One of the arguments: its name and its length follow.
WIRE_STRUCT(export_argument, hil_export_argument_t,
    WIRE_FIELD(uint8_t, type)  // HIL_TYPE of an element
    WIRE_FIELD(uint8_t, kind)  // hil_argument_kind_t
    WIRE_FIELD(uint8_t, name_len)
    WIRE_FIELD(uint8_t, length_len))

// `call`: a place for each argument follows.
WIRE_STRUCT(call_req, hil_call_req_t,
    WIRE_FIELD(uint16_t, index)
    WIRE_FIELD(uint8_t, n_arguments))

// An argument: bytes of the arena.
WIRE_STRUCT(call_place, hil_call_place_t,
    WIRE_FIELD(uint32_t, offset)
    WIRE_FIELD(uint32_t, len)
    WIRE_FIELD(uint32_t, crc)) // CRC-32 of the bytes; not checked where the function only writes

// The CRC-32 of each array that the function wrote follows, uint32_t each.
WIRE_STRUCT(call_reply, hil_call_reply_t,
    WIRE_FIELD(uint64_t, cycles)      // in cycle_unit
    WIRE_FIELD(uint32_t, stack_bytes) // how many bytes of stack the call used
    WIRE_FIELD(uint8_t, stack_known)  // whether the machine can tell
    WIRE_ARRAY(uint8_t, result, 8))   // what it returned, in its first bytes
