// edge_log, edge_fft: what the edge features compute with, on numbers in the arena.
#include <string.h>

#include "edge_fft64.h"
#include "edge_log.h"
#include "node_agent_parts.h"

static esp_err_t logs(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_edge_log_req_t asked;
    memcpy(&asked, request, len);
    const uint64_t size = (uint64_t)asked.n * sizeof(float);
    const float *x = agent_arena(asked.in_offset, size, _Alignof(float));
    float *out = agent_arena(asked.out_offset, size, _Alignof(float));
    if (!x || !out) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "they do not lie in the arena");
    }
    for (uint32_t i = 0; i < asked.n; i++) {
        out[i] = edge_logf(x[i]);
    }
    return ESP_OK;
}

static esp_err_t fft(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_edge_fft_req_t asked;
    memcpy(&asked, request, len);
    float(*z)[2] = agent_arena(asked.offset, sizeof(float[EDGE_FFT64][2]), _Alignof(float));
    if (!z) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "they do not lie in the arena");
    }
    float placed[EDGE_FFT64][2];
    for (uint32_t t = 0; t < EDGE_FFT64; t++) {
        memcpy(placed[edge_fft64_place(t)], z[t], sizeof z[t]);
    }
    edge_fft64(placed);
    memcpy(z, placed, sizeof placed);
    return ESP_OK;
}

static const agent_command_t commands[] = {
    {"edge_log", sizeof(hil_edge_log_req_t), false, logs},
    {"edge_fft", sizeof(hil_edge_fft_req_t), false, fft},
};

const agent_command_group_t node_edge_parts_commands = {commands,
                                                        sizeof commands / sizeof commands[0]};
