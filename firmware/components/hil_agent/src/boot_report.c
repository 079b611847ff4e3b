#include <string.h>

#include "agent.h"
#include "node.h"
#include "node_config.h"
#include "node_settings.h"
#include "temporal_task.h"

static void fill_weights(const node_head_t *head, hil_boot_report_t *out)
{
    out->weights_source = (uint8_t)head->weights.source;
    out->weights_crc = head->weights.crc;
    out->weights_len = head->weights.len;
    out->weights_generation = head->weights.generation;
    for (size_t slot = 0; slot < WEIGHTS_SLOTS; slot++) {
        out->slot_error[slot] = (uint32_t)head->weights.slot_error[slot];
    }
}

// Of a head that runs, what it found out about itself since.
static void fill_pace(hil_boot_report_t *out)
{
    const esp_err_t err = temporal_task_pace(out->head_reason, sizeof out->head_reason);
    if (err) {
        out->head_state = HIL_HEAD_FAILED;
        out->head_error = (uint32_t)err;
    }
}

static void fill_partitions(hil_boot_report_t *out)
{
    out->n_partitions = node_port->n_partitions;
    for (size_t i = 0; i < node_port->n_partitions && i < HIL_MAX_PARTITIONS; i++) {
        const node_partition_t *partition = &node_port->partitions[i];
        memcpy(out->partitions[i].name, partition->name, sizeof out->partitions[i].name);
        out->partitions[i].offset = partition->offset;
        out->partitions[i].size = partition->size;
    }
}

void agent_boot_report(hil_boot_report_t *out)
{
    const node_head_t *head = node_head();
    *out = (hil_boot_report_t){
        .protocol = HIL_PROTOCOL_VERSION,
        .boot_nonce = node_port->boot_nonce,
        .reset_reason = (uint8_t)node_port->reset_reason,
        .clock_mode = (uint8_t)node_clock_mode(),
        .head_state = (uint8_t)head->state,
        .head_error = (uint32_t)head->error,
        .self_test_error = (uint32_t)head->self_test_error,
        .flash_bytes = node_port->flash_bytes,
        .heap_bytes = node_port->heap().total,
        .input_dim = CONFIG_TEMPORAL_INPUT_DIM,
        .window_len = CONFIG_TEMPORAL_WINDOW_LEN,
        .n_classes = head->shape.n_classes ? head->shape.n_classes : CONFIG_TEMPORAL_N_CLASSES,
        .classify_period_ms = CONFIG_TEMPORAL_CLASSIFY_PERIOD_MS,
        .temporal_feed = node_settings()->temporal_feed,
        .max_classes = TEMPORAL_MAX_CLASSES,
        .settings_lost = (uint8_t)node_port->settings_lost,
    };
    for (size_t i = 0; i < sizeof out->elf_sha256; i++) {
        out->elf_sha256[i] = node_port->elf_sha256[i];
    }
    strncpy(out->target, node_port->target, sizeof out->target - 1u);
    strncpy(out->chip, node_port->chip, sizeof out->chip - 1u);
    strncpy(out->version, node_port->version, sizeof out->version - 1u);
    strncpy(out->idf_version, node_port->idf_version, sizeof out->idf_version - 1u);
    memcpy(out->head_reason, head->reason, sizeof out->head_reason);
    fill_pace(out);
    fill_weights(head, out);
    fill_partitions(out);
}
