// What the files of the node's half of the agent need of each other.
#pragma once

#include "edge_features.h"
#include "hil_agent.h"
#include "node_config.h"
#include "node_protocol.h"

// Commands that an image without the temporal head refuses.
#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED
#define OF_HEAD(handler) handler
#else
#define OF_HEAD(handler) NULL
#endif

extern const agent_command_t node_attention_commands[];
extern const agent_command_t node_controller_commands[];
extern const agent_command_t node_csi_commands[];
extern const agent_command_t node_edge_commands[];
extern const agent_command_t node_head_commands[];
extern const agent_command_t node_sense_commands[];
extern const agent_command_t node_settings_commands[];
extern const agent_command_t node_task_commands[];
extern const agent_command_t node_weights_commands[];

// Each closes what a command left open.
void agent_stream_close(void);
void agent_profile_off(void);
void agent_head_close(void);
void agent_edge_close(void);

// Before and after one classification or one step of a stream. (commands_head.c)
void agent_profile_begin(void);
void agent_profile_end(void);

// What the node has made of a frame, as the host is told. (commands_sense.c)
void agent_edge_features(const edge_features_t *from, hil_edge_features_t *to);

// What the node adds to the agent's status and boot report. (reports.c)
void node_agent_status(void *out /* hil_node_status_t */);
void node_agent_boot_report(void *out /* hil_node_boot_t */);
