// Every struct of this firmware that crosses the wire, each spelled here and nowhere else: type,
// size and what `layout` tells are made of this list (wire_struct_types.h, wire_struct_table.h).

// clang-format off

// Sent when the door has moved.
WIRE_STRUCT(door_state, door_state_t,
    WIRE_FIELD(uint32_t, magic)      // DOOR_MAGIC
    WIRE_FIELD(uint64_t, time_us)
    WIRE_FIELD(uint16_t, angle_deg)
    WIRE_FIELD(uint8_t, is_open)
    WIRE_ARRAY(uint8_t, reserved, 1))

// `move`; the packet comes as an event
WIRE_STRUCT(move_req, move_req_t,
    WIRE_FIELD(uint16_t, angle_deg))
