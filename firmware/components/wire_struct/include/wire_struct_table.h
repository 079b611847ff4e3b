// Defines `static const wire_struct_t WIRE_TABLE[]` for a list of structs whose types exist already
// (wire_struct_types.h). It is included once for each list, so it has no guard:
//
//     #define WIRE_LIST  "packet_list.h"
//     #define WIRE_TABLE packet_structs
//     #include "wire_struct_table.h"
#include "wire_struct.h"

#define WIRE_FIELD(type, name)          {#name, sizeof(type)},
#define WIRE_ARRAY(type, name, length)  {#name, sizeof(type[length])},
#define WIRE_STRUCT(name, type, fields) static const wire_field_t name##_fields[] = {fields};
#include WIRE_LIST
#undef WIRE_STRUCT

#define WIRE_STRUCT(name, type, fields)                                                            \
    {#name, sizeof(type), sizeof name##_fields / sizeof name##_fields[0], name##_fields},
static const wire_struct_t WIRE_TABLE[] = {
#include WIRE_LIST
};
#undef WIRE_FIELD
#undef WIRE_ARRAY
#undef WIRE_STRUCT

#undef WIRE_LIST
#undef WIRE_TABLE
