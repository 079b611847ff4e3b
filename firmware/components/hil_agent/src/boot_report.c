#include <string.h>

#include "agent.h"
#include "machine_clock.h"
#include "machine_port.h"

static void fill_partitions(hil_boot_report_t *out)
{
    out->n_partitions = machine_port->n_partitions;
    for (size_t i = 0; i < machine_port->n_partitions && i < HIL_MAX_PARTITIONS; i++) {
        const machine_partition_t *partition = &machine_port->partitions[i];
        memcpy(out->partitions[i].name, partition->name, sizeof out->partitions[i].name);
        out->partitions[i].offset = partition->offset;
        out->partitions[i].size = partition->size;
    }
}

static void fill_report(hil_boot_report_t *out)
{
    *out = (hil_boot_report_t){
        .protocol = HIL_PROTOCOL_VERSION,
        .boot_nonce = machine_port->boot_nonce,
        .reset_reason = (uint8_t)machine_port->reset_reason,
        .clock_mode = (uint8_t)machine_clock_mode(),
        .flash_bytes = machine_port->flash_bytes,
        .heap_bytes = machine_port->heap().total,
    };
    for (size_t i = 0; i < sizeof out->elf_sha256; i++) {
        out->elf_sha256[i] = machine_port->elf_sha256[i];
    }
    strncpy(out->target, machine_port->target, sizeof out->target - 1u);
    strncpy(out->chip, machine_port->chip, sizeof out->chip - 1u);
    strncpy(out->version, machine_port->version, sizeof out->version - 1u);
    strncpy(out->idf_version, machine_port->idf_version, sizeof out->idf_version - 1u);
    fill_partitions(out);
}

esp_err_t agent_boot_report(agent_reply_t *reply)
{
    hil_boot_report_t report;
    fill_report(&report);
    agent_answer(reply, &report, sizeof report);
    return agent_add(reply, &agent_state.firmware->boot_report);
}
