// profile: where the time of a classification or of a step goes.
#include "node_agent_parts.h"
#include "node_config.h"

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include <string.h>

#include "machine_port.h"
#include "ruv_profile.h"

_Static_assert(HIL_PROFILE_PHASES == RUV_PHASES, "every phase has a place in hil_profile_t");

static bool on;
static hil_profile_t last;

void agent_profile_begin(void)
{
    if (on) {
        if (machine_port->stack_depth) {
            (void)machine_port->stack_depth(true);
        }
        ruv_profile_start(machine_port->cycles);
    }
}

void agent_profile_end(void)
{
    if (on) {
        const ruv_profile_t found = ruv_profile_stop();
        memcpy(last.cycles, found.cycles, sizeof last.cycles);
        memcpy(last.macs, found.macs, sizeof last.macs);
        last.marks = found.marks;
        last.stack_bytes = machine_port->stack_depth ? machine_port->stack_depth(false) : 0;
    }
}

void agent_profile_off(void)
{
    on = false;
    memset(&last, 0, sizeof last);
}

static esp_err_t profile(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)len;
    on = request[0] != 0;
    agent_answer(reply, &last, sizeof last);
    memset(&last, 0, sizeof last);
    return ESP_OK;
}

#else

void agent_profile_off(void)
{
}

static esp_err_t profile(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    return agent_fail(reply, ESP_ERR_NOT_SUPPORTED, "this image is built without the head");
}

#endif

static const agent_command_t commands[] = {
    {"profile", sizeof(hil_switch_req_t), false, profile},
};

const agent_command_group_t node_profile_commands = {commands,
                                                     sizeof commands / sizeof commands[0]};
