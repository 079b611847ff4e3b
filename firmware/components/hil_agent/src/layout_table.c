// What `layout` reports: name, size and every field's offset and size of the wire structs, as this
// compiler laid them out.
#include <string.h>

#include "agent.h"
#include "packets.h"

#define WIRE_LIST  "packet_list.h"
#define WIRE_TABLE packet_structs
#include "wire_struct_table.h"

#define WIRE_LIST  "hil_struct_list.h"
#define WIRE_TABLE hil_structs
#include "wire_struct_table.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define N_STRUCTS    (ARRAY_LEN(packet_structs) + ARRAY_LEN(hil_structs))

// index: below N_STRUCTS
static const wire_struct_t *described_at(size_t index)
{
    return index < ARRAY_LEN(packet_structs) ? &packet_structs[index]
                                             : &hil_structs[index - ARRAY_LEN(packet_structs)];
}

static void append(agent_reply_t *reply, const void *data, size_t len)
{
    memcpy(reply->payload + reply->len, data, len);
    reply->len += len;
}

esp_err_t agent_layout_reply(uint16_t index, agent_reply_t *reply)
{
    if (index >= N_STRUCTS) {
        return agent_fail(reply, ESP_ERR_NOT_FOUND, "index %u: the node knows %u structs", index,
                          (unsigned)N_STRUCTS);
    }
    const wire_struct_t *described = described_at(index);
    const hil_layout_t header = {
        .total = N_STRUCTS,
        .index = index,
        .size = described->size,
        .n_fields = described->n_fields,
        .name_len = (uint8_t)strlen(described->name),
    };
    append(reply, &header, sizeof header);
    append(reply, described->name, header.name_len);
    uint16_t offset = 0;
    for (size_t i = 0; i < described->n_fields; i++) {
        const wire_field_t *field = &described->fields[i];
        const hil_layout_field_t entry = {offset, field->size, (uint8_t)strlen(field->name)};
        append(reply, &entry, sizeof entry);
        append(reply, field->name, entry.name_len);
        offset = (uint16_t)(offset + field->size);
    }
    return ESP_OK;
}
