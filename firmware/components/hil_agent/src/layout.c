// The command `layout`: the name and the size of each wire struct, and the offset and the size of
// each of its fields, as this compiler laid them out.
#include <string.h>

#include "agent.h"

#define WIRE_LIST  "hil_struct_list.h"
#define WIRE_TABLE own_structs
#include "wire_struct_table.h"

#define N_OWN (sizeof own_structs / sizeof own_structs[0])

static size_t count_structs(void)
{
    const agent_firmware_t *added = agent_state.firmware;
    size_t n = N_OWN;
    for (size_t i = 0; i < added->n_struct_lists; i++) {
        n += added->struct_lists[i].n;
    }
    return n;
}

// index: below count_structs()
static const wire_struct_t *described_at(size_t index)
{
    if (index < N_OWN) {
        return &own_structs[index];
    }
    index -= N_OWN;
    const agent_struct_list_t *list = agent_state.firmware->struct_lists;
    for (; index >= list->n; list++) {
        index -= list->n;
    }
    return &list->structs[index];
}

esp_err_t agent_layout(agent_io_t *io)
{
    const uint16_t index = ((const hil_layout_req_t *)io->in)->index;
    const size_t total = count_structs();
    if (index >= total) {
        return agent_fail(io, ESP_ERR_NOT_FOUND, "index %u: the node knows %u structs", index,
                          (unsigned)total);
    }
    const wire_struct_t *described = described_at(index);
    const hil_layout_t header = {
        .total = (uint16_t)total,
        .index = index,
        .size = described->size,
        .n_fields = described->n_fields,
        .name_len = (uint8_t)strlen(described->name),
    };
    esp_err_t err = agent_append_named(io, &header, sizeof header, described->name);
    uint16_t offset = 0;
    for (size_t i = 0; i < described->n_fields && !err; i++) {
        const wire_field_t *field = &described->fields[i];
        const hil_layout_field_t entry = {offset, field->size, (uint8_t)strlen(field->name)};
        err = agent_append_named(io, &entry, sizeof entry, field->name);
        offset = (uint16_t)(offset + field->size);
    }
    return err;
}
