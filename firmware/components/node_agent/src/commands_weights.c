// weights_begin, weights_chunk, weights_commit, weights_abort; part_info, part_read, part_write,
// part_erase.
#include <string.h>

#include "machine_port.h"
#include "node.h"
#include "node_agent_parts.h"
#include "weights_store.h"

#define FLAG_ANY_SHAPE 1u

static esp_err_t begin(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_weights_begin_req_t asked;
    memcpy(&asked, request, len);
    char detail[WEIGHTS_DETAIL] = "";
    uint32_t resume_offset = 0;
    uint8_t slot = 0;
    const esp_err_t err =
        weights_upload_begin(asked.total_len, asked.crc32, (asked.flags & FLAG_ANY_SHAPE) != 0,
                             &resume_offset, &slot, detail);
    if (err) {
        return agent_fail(reply, err, "%s", detail);
    }
    const hil_weights_begin_t answer = {resume_offset, slot};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t chunk(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_weights_chunk_req_t asked;
    memcpy(&asked, request, sizeof asked);
    char detail[WEIGHTS_DETAIL] = "";
    uint32_t next_offset = 0;
    const esp_err_t err = weights_upload_chunk(asked.offset, request + sizeof asked,
                                               len - sizeof asked, &next_offset, detail);
    if (err) {
        return agent_fail(reply, err, "%s", detail);
    }
    const hil_weights_chunk_t answer = {next_offset};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t commit(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    char detail[WEIGHTS_DETAIL] = "";
    uint32_t generation = 0;
    uint8_t slot = 0;
    const esp_err_t err = weights_upload_commit(&generation, &slot, detail);
    if (err) {
        return agent_fail(reply, err, "%s", detail);
    }
    node_restart_head();
    const hil_weights_commit_t answer = {generation, slot};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t abort_upload(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    const esp_err_t err = weights_upload_abort();
    return err == ESP_ERR_INVALID_STATE ? agent_fail(reply, err, "no upload is open") : err;
}

static esp_err_t part_info(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
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
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

// Reads the range of a part_* request and checks that it lies in the partition.
static esp_err_t take_range(const uint8_t *request, hil_part_req_t *out, agent_reply_t *reply)
{
    memcpy(out, request, sizeof *out);
    const uint32_t size = node_port->flash.size;
    if (size == 0) {
        return agent_fail(reply, ESP_ERR_NOT_FOUND, "the node has no weights partition");
    }
    if (out->offset > size || out->len > size - out->offset) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "the partition has %u bytes",
                          (unsigned)size);
    }
    return ESP_OK;
}

static esp_err_t part_read(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)len;
    hil_part_req_t range;
    const esp_err_t err = take_range(request, &range, reply);
    if (err) {
        return err;
    }
    if (range.len > HIL_MAX_PAYLOAD) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "at most %u bytes a reply", HIL_MAX_PAYLOAD);
    }
    agent_answer(reply, node_port->flash.map + range.offset, range.len);
    return ESP_OK;
}

static esp_err_t part_write(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_part_req_t range;
    const esp_err_t err = take_range(request, &range, reply);
    if (err) {
        return err;
    }
    if (range.len != len - sizeof range) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "len %u, but %u bytes follow",
                          (unsigned)range.len, (unsigned)(len - sizeof range));
    }
    return node_port->flash.write(range.offset, request + sizeof range, range.len);
}

static esp_err_t part_erase(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)len;
    hil_part_req_t range;
    const esp_err_t err = take_range(request, &range, reply);
    if (err) {
        return err;
    }
    const uint32_t unit = node_port->flash.erase_size;
    const uint32_t end = range.offset + range.len;
    for (uint32_t at = range.offset - range.offset % unit; at < end; at += unit) {
        machine_port->watchdog(MACHINE_WATCHDOG_MS);
        const esp_err_t erase_err = node_port->flash.erase(at, unit);
        if (erase_err) {
            return erase_err;
        }
    }
    return ESP_OK;
}

static const agent_command_t commands[] = {
    {"weights_chunk", sizeof(hil_weights_chunk_req_t), true, chunk},
    {"weights_begin", sizeof(hil_weights_begin_req_t), false, begin},
    {"weights_commit", 0, false, commit},
    {"weights_abort", 0, false, abort_upload},
    {"part_info", 0, false, part_info},
    {"part_read", sizeof(hil_part_req_t), false, part_read},
    {"part_write", sizeof(hil_part_req_t), true, part_write},
    {"part_erase", sizeof(hil_part_req_t), false, part_erase},
};

const agent_command_group_t node_weights_commands = {commands,
                                                     sizeof commands / sizeof commands[0]};
