// What of the agent the boot report and the status ask for, and both as a test
// reads them.
#include <string.h>

#include "adaptive_controller.h"
#include "agent.h"
#include "main_loop.h"
#include "node_agent_parts.h"
#include "node_settings.h"

// What the test calls.
size_t parts_boot_report(uint8_t *out);
size_t parts_status(uint8_t *out);

static const agent_firmware_t firmware = {
    .status = {sizeof(hil_node_status_t), node_agent_status},
    .boot_report = {sizeof(hil_node_boot_t), node_agent_boot_report},
};

const node_settings_t *node_settings(void)
{
    static const node_settings_t settings;
    return &settings;
}

esp_err_t agent_layout(agent_io_t *io)
{
    (void)io;
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

// Returns the length of the reply's payload, which is copied to out.
static size_t answer_of(const char *command, uint8_t *out)
{
    static agent_io_t io;
    agent_state.firmware = &firmware;
    for (const agent_command_t *own = agent_session_commands; own->name; own++) {
        if (strcmp(own->name, command) == 0) {
            (void)own->handler(&io);
        }
    }
    memcpy(out, io.out, io.out_len);
    return io.out_len;
}

size_t parts_boot_report(uint8_t *out)
{
    return answer_of("boot_report", out);
}

size_t parts_status(uint8_t *out)
{
    return answer_of("status", out);
}
