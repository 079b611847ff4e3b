// What a firmware adds that a test makes up, by wire_struct_types.h.

// clang-format off

WIRE_STRUCT(filter_status, filter_status_t,
    WIRE_FIELD(uint32_t, overflows)
    WIRE_FIELD(uint8_t, order))

WIRE_STRUCT(filter_boot, filter_boot_t,
    WIRE_ARRAY(char, design, 8))

WIRE_STRUCT(filter_restore_req, filter_restore_req_t,
    WIRE_FIELD(uint8_t, order))
