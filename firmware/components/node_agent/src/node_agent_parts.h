// What the files of the node's half of the agent need of each other.
#pragma once

#include "edge_features.h"
#include "hil_agent.h"
#include "node_protocol.h"

// One file each.
extern const agent_command_group_t node_attention_commands;
extern const agent_command_group_t node_capture_commands;
extern const agent_command_group_t node_carriers_commands;
extern const agent_command_group_t node_codec_commands;
extern const agent_command_group_t node_controller_commands;
extern const agent_command_group_t node_csi_commands;
extern const agent_command_group_t node_edge_commands;
extern const agent_command_group_t node_edge_parts_commands;
extern const agent_command_group_t node_head_commands;
extern const agent_command_group_t node_profile_commands;
extern const agent_command_group_t node_sense_commands;
extern const agent_command_group_t node_settings_commands;
extern const agent_command_group_t node_stream_commands;
extern const agent_command_group_t node_task_commands;
extern const agent_command_group_t node_weights_commands;

// Forget what commands left open.
void agent_stream_close(void);
void agent_profile_off(void);
void agent_head_close(void);
void agent_edge_close(void);

// Around one classification or one step of a stream. (commands_profile.c)
void agent_profile_begin(void);
void agent_profile_end(void);

// What the node has made of a frame, as the host is told. (commands_sense.c)
void agent_edge_features(const edge_features_t *from, hil_edge_features_t *to);

// (reports.c)
void node_agent_status(void *out /* hil_node_status_t */);
void node_agent_boot_report(void *out /* hil_node_boot_t */);
