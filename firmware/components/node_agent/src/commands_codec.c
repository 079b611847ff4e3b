// csi_compress, csi_expand: the codec of compressed CSI, on bytes in the arena.
#include <string.h>

#include "csi_codec.h"
#include "machine_port.h"
#include "node_agent_parts.h"

static esp_err_t outside(agent_reply_t *reply)
{
    return agent_fail(reply, ESP_ERR_INVALID_SIZE, "the bytes do not lie in the arena");
}

static esp_err_t compress(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_csi_compress_req_t asked;
    memcpy(&asked, request, len);
    const uint8_t *prev = asked.has_prev ? agent_arena(asked.prev_offset, asked.len, 1) : NULL;
    const uint8_t *now = agent_arena(asked.now_offset, asked.len, 1);
    uint8_t *out = agent_arena(asked.out_offset, asked.cap, 1);
    if ((asked.has_prev && !prev) || !now || !out) {
        return outside(reply);
    }
    size_t written = 0;
    const uint64_t before = machine_port->cycles();
    const esp_err_t err = csi_compress(prev, now, asked.len, out, asked.cap, &written);
    const uint64_t cycles = machine_port->cycles() - before;
    if (err) {
        return err;
    }
    const hil_csi_compress_t answer = {(uint32_t)written, cycles};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t expand(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_csi_expand_req_t asked;
    memcpy(&asked, request, len);
    const uint8_t *prev = asked.has_prev ? agent_arena(asked.prev_offset, asked.len, 1) : NULL;
    const uint8_t *data = agent_arena(asked.data_offset, asked.data_len, 1);
    uint8_t *out = agent_arena(asked.out_offset, asked.len, 1);
    if ((asked.has_prev && !prev) || !data || !out) {
        return outside(reply);
    }
    return csi_expand(prev, data, asked.data_len, out, asked.len);
}

static const agent_command_t commands[] = {
    {"csi_compress", sizeof(hil_csi_compress_req_t), false, compress},
    {"csi_expand", sizeof(hil_csi_expand_req_t), false, expand},
};

const agent_command_group_t node_codec_commands = {commands, sizeof commands / sizeof commands[0]};
