// csi_reception, radio_stamps, reconnect_delay, traffic: what capture decides on a chip, without
// one. Questions and answers lie in the arena.
#include <string.h>

#include "csi_reception.h"
#include "node_agent_parts.h"
#include "radio_stamp.h"
#include "reconnect.h"
#include "traffic.h"

static esp_err_t outside(agent_reply_t *reply)
{
    return agent_fail(reply, ESP_ERR_INVALID_SIZE, "they do not lie in the arena");
}

static esp_err_t reception(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_csi_reception_req_t asked;
    memcpy(&asked, request, len);
    const csi_reception_t seen = {.secondary = asked.secondary,
                                  .signal = asked.signal,
                                  .is_wide = asked.is_wide,
                                  .is_stbc = asked.is_stbc,
                                  .first_word_invalid = asked.first_word_invalid,
                                  .kept = asked.kept};
    const hil_csi_reception_t answer = {
        csi_layout_of_reception(&seen),
        csi_layout_of_length(asked.secondary, asked.n_subcarriers, asked.first_word_invalid)};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t stamps(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_radio_stamps_req_t asked;
    memcpy(&asked, request, len);
    const size_t size = sizeof(hil_radio_stamp_t);
    uint8_t *at = agent_arena(asked.offset, (uint64_t)asked.n * size, 1);
    if (!at) {
        return outside(reply);
    }
    radio_stamp_t last = {0};
    for (uint32_t i = 0; i < asked.n; i++) {
        hil_radio_stamp_t frame;
        memcpy(&frame, at + i * size, size);
        frame.time_us = radio_stamp_us(&last, frame.stamp, frame.time_us);
        memcpy(at + i * size, &frame, size);
    }
    return ESP_OK;
}

static esp_err_t reconnect(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_reconnect_req_t asked;
    memcpy(&asked, request, len);
    const hil_reconnect_t answer = {reconnect_delay_ms(asked.failures, asked.draw)};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

// One question: due, asked, and what became of it.
static void ask(traffic_t *traffic, hil_traffic_step_t *step)
{
    step->due_us = traffic_next_us(traffic);
    step->number = traffic_ask(traffic, step->due_us);
    if (step->outcome == HIL_TRAFFIC_NOT_SENT) {
        traffic_not_sent(traffic, step->due_us);
    } else if (step->outcome == HIL_TRAFFIC_ANSWERED) {
        traffic_answered(traffic, step->number);
    }
}

static esp_err_t traffic(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_traffic_req_t asked;
    memcpy(&asked, request, len);
    const size_t size = sizeof(hil_traffic_step_t);
    uint8_t *at = agent_arena(asked.offset, (uint64_t)asked.n * size, 1);
    if (!at) {
        return outside(reply);
    }
    traffic_t under_test;
    traffic_start(&under_test, asked.hz, asked.begin_us);
    for (uint32_t i = 0; i < asked.n && traffic_next_us(&under_test) != UINT64_MAX; i++) {
        hil_traffic_step_t step;
        memcpy(&step, at + i * size, size);
        ask(&under_test, &step);
        memcpy(at + i * size, &step, size);
    }
    const hil_traffic_t answer = {traffic_next_us(&under_test)};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static const agent_command_t commands[] = {
    {"csi_reception", sizeof(hil_csi_reception_req_t), false, reception},
    {"radio_stamps", sizeof(hil_radio_stamps_req_t), false, stamps},
    {"reconnect_delay", sizeof(hil_reconnect_req_t), false, reconnect},
    {"traffic", sizeof(hil_traffic_req_t), false, traffic},
};

const agent_command_group_t node_capture_commands = {commands,
                                                     sizeof commands / sizeof commands[0]};
