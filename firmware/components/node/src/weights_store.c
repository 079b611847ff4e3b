#include "weights_store.h"

#include "machine_log.h"
#include "node_port.h"
#include "weights_parts.h"

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

// Takes the slot if it is newer than what was taken before.
static void offer(weights_selection_t *selection, uint32_t slot, const weights_slot_t *found)
{
    if (selection->source != WEIGHTS_NONE &&
        (int32_t)(found->generation - selection->generation) <= 0) {
        return;
    }
    selection->source = slot == 0 ? WEIGHTS_SLOT_0 : WEIGHTS_SLOT_1;
    selection->blob = weights_slot_blob(slot);
    selection->len = found->length;
    selection->crc = found->blob_crc;
    selection->generation = found->generation;
}

// Returns the slot's state. Offers a sound slot to `fitting` if it fits the node, else to `other`.
static esp_err_t look_at(uint32_t slot, const esp_err_t *refused, weights_selection_t *fitting,
                         weights_selection_t *other)
{
    weights_slot_t found;
    const esp_err_t err = weights_slot_check(slot, &found);
    if (err) {
        if (err != ESP_ERR_NOT_FOUND) {
            MACHINE_LOGW(TAG, "slot %u is unusable: %s", (unsigned)slot, esp_err_to_name(err));
        }
        return err;
    }
    if (fitting->newest == 0 || (int32_t)(found.generation - fitting->newest) > 0) {
        fitting->newest = found.generation;
    }
    weights_why_t why;
    const esp_err_t misfit = weights_fit(&found.shape, &why);
    if (misfit) {
        MACHINE_LOGW(TAG, "slot %u is unusable: it %s, not %s", (unsigned)slot, why.is, why.fits);
        fitting->slot_shape[slot] = found.shape;
        offer(other, slot, &found);
        return misfit;
    }
    if (refused && refused[slot]) {
        return refused[slot];
    }
    offer(fitting, slot, &found);
    return ESP_OK;
}

weights_selection_t weights_store_select(bool use_embedded, const esp_err_t *refused)
{
    weights_selection_t fitting = {.source = WEIGHTS_NONE};
    weights_selection_t other = {.source = WEIGHTS_NONE};
    for (uint32_t slot = 0; slot < WEIGHTS_SLOTS; slot++) {
        fitting.slot_error[slot] = look_at(slot, refused, &fitting, &other);
    }
    if (fitting.source == WEIGHTS_NONE && use_embedded) {
        take_embedded(&fitting);
    }
    if (fitting.source == WEIGHTS_NONE) {
        fitting.source = other.source;
        fitting.blob = other.blob;
        fitting.len = other.len;
        fitting.crc = other.crc;
        fitting.generation = other.generation;
    }
    return fitting;
}
