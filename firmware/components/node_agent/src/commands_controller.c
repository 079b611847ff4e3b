// observe, decide, mirror.
#include <string.h>

#include "adaptive_controller.h"
#include "node_agent_parts.h"
#include "node_settings.h"
#include "packet_encode.h"
#include "packet_sink.h"

static observation_t take_observation(const uint8_t *request)
{
    hil_observation_t asked;
    memcpy(&asked, request, sizeof asked);
    return (observation_t){
        .motion = asked.motion,
        .presence = asked.presence,
        .respiration_bpm = asked.respiration_bpm,
        .respiration_conf = asked.respiration_conf,
        .heartbeat_bpm = asked.heartbeat_bpm,
        .heartbeat_conf = asked.heartbeat_conf,
        .anomaly = asked.anomaly,
        .env_shift = asked.env_shift,
        .coherence = asked.coherence,
        .pkt_yield = asked.pkt_yield,
        .quality_flags = asked.quality_flags,
    };
}

static esp_err_t observe(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)len;
    (void)reply;
    const observation_t observation = take_observation(request);
    controller_observe(&observation);
    return ESP_OK;
}

static esp_err_t decide(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)len;
    const observation_t observation = take_observation(request);
    const decision_t decision = controller_decide(&observation, &node_settings()->thresholds);
    const hil_decision_t answer = {(uint8_t)decision.state, (uint8_t)decision.profile};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

_Static_assert(sizeof(packet_raw_csi_frame_t) + 2u * CSI_MAX_PAIRS <= HIL_MAX_PAYLOAD &&
                   PACKET_COMPRESSED_CSI_MAX(2u * CSI_MAX_PAIRS) <= HIL_MAX_PAYLOAD,
               "the largest frame fits a line");

static bool mirror_packet(const void *packet, size_t len)
{
    if (len > HIL_MAX_PAYLOAD) {
        return false;
    }
    agent_event("packet", packet, len);
    return true;
}

static esp_err_t mirror(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)len;
    (void)reply;
    packet_sink_mirror(request[0] ? mirror_packet : NULL);
    return ESP_OK;
}

static const agent_command_t commands[] = {
    {"observe", sizeof(hil_observation_t), false, observe},
    {"decide", sizeof(hil_observation_t), false, decide},
    {"mirror", sizeof(hil_switch_req_t), false, mirror},
};

const agent_command_group_t node_controller_commands = {commands,
                                                        sizeof commands / sizeof commands[0]};
