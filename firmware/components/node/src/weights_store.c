#include "weights_store.h"

#include "node_log.h"
#include "node_port.h"
#include "weights_check.h"
#include "weights_slot.h"

static const char *const TAG = "weights";

weights_layout_t weights_store_layout(void)
{
    weights_layout_t layout = {.slot_size = weights_slot_offset(1)};
    for (uint32_t slot = 0; slot < WEIGHTS_SLOTS; slot++) {
        layout.slot_offset[slot] = weights_slot_offset(slot);
    }
    return layout;
}

static void take_embedded(weights_selection_t *selection)
{
    const uint8_t *blob = node_port->embedded_blob;
    const size_t len = node_port->embedded_blob_bytes;
    if (!blob) {
        return;
    }
    selection->source = WEIGHTS_EMBEDDED;
    selection->blob = blob;
    selection->len = (uint32_t)len;
    selection->crc = weights_blob_crc(blob, len);
}

weights_selection_t weights_store_select(bool use_embedded)
{
    weights_selection_t selection = {.source = WEIGHTS_NONE};
    for (uint32_t slot = 0; slot < WEIGHTS_SLOTS; slot++) {
        weights_slot_t found;
        const esp_err_t err = weights_slot_check(slot, &found);
        selection.slot_error[slot] = err;
        if (err) {
            if (err != ESP_ERR_NOT_FOUND) {
                NODE_LOGW(TAG, "slot %u is unusable: %s", (unsigned)slot, esp_err_to_name(err));
            }
            continue;
        }
        const bool newer = selection.source == WEIGHTS_NONE ||
                           (int32_t)(found.generation - selection.generation) > 0;
        if (newer) {
            selection.source = slot == 0 ? WEIGHTS_SLOT_0 : WEIGHTS_SLOT_1;
            selection.blob = weights_slot_blob(slot);
            selection.len = found.length;
            selection.crc = found.blob_crc;
            selection.generation = found.generation;
        }
    }
    if (selection.source == WEIGHTS_NONE && use_embedded) {
        take_embedded(&selection);
    }
    return selection;
}
