// What of the agent the boot report and the status ask for, and both as a test
// reads them.
#include <string.h>

#include "adaptive_controller.h"
#include "agent.h"
#include "main_loop.h"
#include "node_agent_parts.h"
#include "node_settings.h"

// What the test calls.
void parts_boot_report(hil_boot_report_t *out);
void parts_status(hil_status_t *out);

static const agent_firmware_t firmware = {.fill_status = node_agent_fill_status,
                                          .fill_boot_report = node_agent_fill_boot_report};

agent_state_t agent_state = {.firmware = &firmware};

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

esp_err_t agent_layout_reply(uint16_t index, agent_reply_t *reply)
{
    (void)index, (void)reply;
    return ESP_ERR_NOT_FOUND;
}

void agent_arena_clear(void)
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

esp_err_t main_loop_advance(uint64_t us)
{
    (void)us;
    return ESP_ERR_INVALID_STATE;
}

esp_err_t main_loop_approach(uint64_t us)
{
    (void)us;
    return ESP_ERR_INVALID_STATE;
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
