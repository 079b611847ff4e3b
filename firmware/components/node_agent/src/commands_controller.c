// The adaptive controller, and the mirror of packets on the console.
#include <string.h>

#include "adaptive_controller.h"
#include "node_agent_parts.h"
#include "node_settings.h"
#include "packet_encode.h"
#include "packet_sink.h"

static observation_t take_observation(const hil_observation_t *asked)
{
    return (observation_t){
        .motion = asked->motion,
        .presence = asked->presence,
        .respiration_bpm = asked->respiration_bpm,
        .respiration_conf = asked->respiration_conf,
        .heartbeat_bpm = asked->heartbeat_bpm,
        .heartbeat_conf = asked->heartbeat_conf,
        .anomaly = asked->anomaly,
        .env_shift = asked->env_shift,
        .coherence = asked->coherence,
        .pkt_yield = asked->pkt_yield,
        .quality_flags = asked->quality_flags,
    };
}

static esp_err_t observe(agent_io_t *io)
{
    const observation_t observation = take_observation(io->in);
    controller_observe(&observation);
    return ESP_OK;
}

static esp_err_t decide(agent_io_t *io)
{
    const observation_t observation = take_observation(io->in);
    const decision_t decision = controller_decide(&observation, &node_settings()->thresholds);
    const hil_decision_t answer = {(uint8_t)decision.state, (uint8_t)decision.profile};
    return agent_answer(io, &answer, sizeof answer);
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

static esp_err_t mirror(agent_io_t *io)
{
    packet_sink_mirror(((const hil_switch_req_t *)io->in)->on ? mirror_packet : NULL);
    return ESP_OK;
}

const agent_command_t node_controller_commands[] = {
    {"observe", sizeof(hil_observation_t), false, observe},
    {"decide", sizeof(hil_observation_t), false, decide},
    {"mirror", sizeof(hil_switch_req_t), false, mirror},
    {0},
};
