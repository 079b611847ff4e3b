// What of the agent the boot report and the status ask for, and both as a test
// reads them.
#include <string.h>

#include "adaptive_controller.h"
#include "agent.h"
#include "node.h"
#include "node_settings.h"

// What the test calls.
void parts_boot_report(hil_boot_report_t *out);
void parts_status(hil_status_t *out);

agent_counters_t agent_counters;

const node_settings_t *node_settings(void)
{
    static const node_settings_t settings;
    return &settings;
}

void agent_answer(agent_reply_t *reply, const void *data, size_t len)
{
    memcpy(reply->payload, data, len);
    reply->len = len;
}

esp_err_t agent_fail(agent_reply_t *reply, esp_err_t err, const char *format, ...)
{
    (void)reply, (void)format;
    return err;
}

uint32_t agent_last_id(void)
{
    return 0;
}

esp_err_t agent_layout_reply(uint16_t index, agent_reply_t *reply)
{
    (void)index, (void)reply;
    return ESP_ERR_NOT_FOUND;
}

void agent_arena_clear(void)
{
}

void agent_edge_close(void)
{
}

void agent_head_close(void)
{
}

void agent_profile_off(void)
{
}

void agent_stream_close(void)
{
}

uint32_t controller_feature_seq(void)
{
    return 0;
}

controller_state_t controller_state(void)
{
    return (controller_state_t)0;
}

esp_err_t node_advance(uint64_t us)
{
    (void)us;
    return ESP_ERR_INVALID_STATE;
}

esp_err_t node_approach(uint64_t us)
{
    (void)us;
    return ESP_ERR_INVALID_STATE;
}

void node_restore(node_clock_mode_t mode)
{
    (void)mode;
}

void parts_boot_report(hil_boot_report_t *out)
{
    agent_boot_report(out);
}

void parts_status(hil_status_t *out)
{
    static agent_reply_t reply;
    for (size_t i = 0; i < agent_session_commands.n; i++) {
        if (strcmp(agent_session_commands.commands[i].name, "status") == 0) {
            (void)agent_session_commands.commands[i].handler(NULL, 0, &reply);
        }
    }
    memcpy(out, reply.payload, sizeof *out);
}
