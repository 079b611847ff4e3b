// Weights: an upload in pieces, and raw access to their partition (part_*).
#include <string.h>

#include "machine_port.h"
#include "node.h"
#include "node_agent_parts.h"
#include "weights_store.h"

#define FLAG_ANY_SHAPE 1u

static esp_err_t begin(agent_io_t *io)
{
    const hil_weights_begin_req_t *asked = io->in;
    char detail[WEIGHTS_DETAIL] = "";
    uint32_t resume_offset = 0;
    uint8_t slot = 0;
    const esp_err_t err =
        weights_upload_begin(asked->total_len, asked->crc32, (asked->flags & FLAG_ANY_SHAPE) != 0,
                             &resume_offset, &slot, detail);
    if (err) {
        return agent_fail(io, err, "%s", detail);
    }
    const hil_weights_begin_t answer = {resume_offset, slot};
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t chunk(agent_io_t *io)
{
    const hil_weights_chunk_req_t *asked = io->in;
    char detail[WEIGHTS_DETAIL] = "";
    uint32_t next_offset = 0;
    const esp_err_t err =
        weights_upload_chunk(asked->offset, io->tail, io->tail_len, &next_offset, detail);
    if (err) {
        return agent_fail(io, err, "%s", detail);
    }
    const hil_weights_chunk_t answer = {next_offset};
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t commit(agent_io_t *io)
{
    char detail[WEIGHTS_DETAIL] = "";
    uint32_t generation = 0;
    uint8_t slot = 0;
    const esp_err_t err = weights_upload_commit(&generation, &slot, detail);
    if (err) {
        return agent_fail(io, err, "%s", detail);
    }
    node_restart_head();
    const hil_weights_commit_t answer = {generation, slot};
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t abort_upload(agent_io_t *io)
{
    const esp_err_t err = weights_upload_abort();
    return err == ESP_ERR_INVALID_STATE ? agent_fail(io, err, "no upload is open") : err;
}

static esp_err_t part_info(agent_io_t *io)
{
    const weights_layout_t layout = weights_store_layout();
    hil_part_info_t answer = {
        .size = node_port->flash.size,
        .erase_size = node_port->flash.erase_size,
        .blob_offset = WEIGHTS_BLOB_OFFSET,
    };
    for (size_t slot = 0; slot < WEIGHTS_SLOTS; slot++) {
        answer.slot_offset[slot] = layout.slot_offset[slot];
        answer.slot_size[slot] = layout.slot_size;
    }
    return agent_answer(io, &answer, sizeof answer);
}

// The range that a part_* command is about has to lie in the partition.
static esp_err_t check_range(agent_io_t *io)
{
    const hil_part_req_t *range = io->in;
    const uint32_t size = node_port->flash.size;
    if (size == 0) {
        return agent_fail(io, ESP_ERR_NOT_FOUND, "the node has no weights partition");
    }
    if (range->offset > size || range->len > size - range->offset) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "the partition has %u bytes", (unsigned)size);
    }
    return ESP_OK;
}

static esp_err_t part_read(agent_io_t *io)
{
    const hil_part_req_t *range = io->in;
    const esp_err_t err = check_range(io);
    if (err) {
        return err;
    }
    if (range->len > HIL_MAX_PAYLOAD) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "at most %u bytes a reply", HIL_MAX_PAYLOAD);
    }
    return agent_answer(io, node_port->flash.map + range->offset, range->len);
}

static esp_err_t part_write(agent_io_t *io)
{
    const hil_part_req_t *range = io->in;
    const esp_err_t err = check_range(io);
    if (err) {
        return err;
    }
    if (range->len != io->tail_len) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "len %u, but %u bytes follow",
                          (unsigned)range->len, (unsigned)io->tail_len);
    }
    return node_port->flash.write(range->offset, io->tail, range->len);
}

static esp_err_t part_erase(agent_io_t *io)
{
    const hil_part_req_t *range = io->in;
    esp_err_t err = check_range(io);
    const uint32_t unit = node_port->flash.erase_size;
    const uint32_t end = range->offset + range->len;
    for (uint32_t at = err ? end : range->offset / unit * unit; at < end && !err; at += unit) {
        machine_port->watchdog(MACHINE_WATCHDOG_MS);
        err = node_port->flash.erase(at, unit);
    }
    return err;
}

const agent_command_t node_weights_commands[] = {
    {"weights_chunk", sizeof(hil_weights_chunk_req_t), true, chunk},
    {"weights_begin", sizeof(hil_weights_begin_req_t), false, begin},
    {"weights_commit", 0, false, commit},
    {"weights_abort", 0, false, abort_upload},
    {"part_info", 0, false, part_info},
    {"part_read", sizeof(hil_part_req_t), false, part_read},
    {"part_write", sizeof(hil_part_req_t), true, part_write},
    {"part_erase", sizeof(hil_part_req_t), false, part_erase},
    {0},
};
