// Defines the packed types of a list of structs. It is included once for each list, so it has no
// guard:
//
//     #define WIRE_LIST "packet_list.h"
//     #include "wire_struct_types.h"
//
// The list is a header that holds only structs. Each of them is written there and nowhere else:
//
//     WIRE_STRUCT(door_state, packet_door_state_t, // name on the other side, type in C
//         WIRE_FIELD(uint32_t, magic)
//         WIRE_ARRAY(uint8_t, reserved, 3)) // what it means

#define WIRE_FIELD(type, name)         type name;
#define WIRE_ARRAY(type, name, length) type name[length];
#define WIRE_STRUCT(name, type, fields)                                                            \
    typedef struct __attribute__((packed)) {                                                       \
        fields                                                                                     \
    } type;
#include WIRE_LIST
#undef WIRE_FIELD
#undef WIRE_ARRAY
#undef WIRE_STRUCT

// There is no padding: each field begins where the field before it ends.
#define WIRE_FIELD(type, name)          +sizeof(type)
#define WIRE_ARRAY(type, name, length)  +sizeof(type[length])
#define WIRE_STRUCT(name, type, fields) _Static_assert((0 fields) == sizeof(type), #type);
#include WIRE_LIST
#undef WIRE_FIELD
#undef WIRE_ARRAY
#undef WIRE_STRUCT

#undef WIRE_LIST
