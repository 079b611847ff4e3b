#include "node_agent.h"

#include "node.h"
#include "node_agent_parts.h"
#include "packets.h"

#define WIRE_LIST  "packet_list.h"
#define WIRE_TABLE packet_structs
#include "wire_struct_table.h"

#define WIRE_LIST  "node_struct_list.h"
#define WIRE_TABLE node_structs
#include "wire_struct_table.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const agent_struct_list_t struct_lists[] = {
    {packet_structs, ARRAY_LEN(packet_structs)},
    {node_structs, ARRAY_LEN(node_structs)},
};

static const agent_command_t *const groups[] = {
    node_weights_commands,    node_task_commands,     node_head_commands,
    node_attention_commands,  node_csi_commands,      node_edge_commands,
    node_controller_commands, node_settings_commands, node_sense_commands,
};

static void restore(const void *asked)
{
    const hil_node_restore_req_t *request = asked;
#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED
    agent_stream_close();
    agent_profile_off();
    agent_head_close();
#endif
    agent_edge_close();
    node_restore();
    if (node_port->net_target_port) {
        node_port->net_target_port(request->target_port);
    }
}

const agent_firmware_t node_agent = {
    .groups = groups,
    .n_groups = ARRAY_LEN(groups),
    .struct_lists = struct_lists,
    .n_struct_lists = ARRAY_LEN(struct_lists),
    .status = {sizeof(hil_node_status_t), node_agent_status},
    .boot_report = {sizeof(hil_node_boot_t), node_agent_boot_report},
    .restore_len = sizeof(hil_node_restore_req_t),
    .restore = restore,
};
