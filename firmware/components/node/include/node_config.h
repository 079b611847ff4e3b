// The build's configuration (Kconfig), with every option defined: a bool is 0 or 1.
#pragma once

#include "sdkconfig.h"

#ifndef CONFIG_CSI_TEMPORAL_HEAD_ENABLED
#define CONFIG_CSI_TEMPORAL_HEAD_ENABLED 0
#endif
#ifndef CONFIG_HIL_AGENT_ENABLED
#define CONFIG_HIL_AGENT_ENABLED 0
#endif
#ifndef CONFIG_NODE_ID
#define CONFIG_NODE_ID 1
#endif
#ifndef CONFIG_NODE_TARGET_PORT
#define CONFIG_NODE_TARGET_PORT 5005
#endif
#ifndef CONFIG_TEMPORAL_INPUT_DIM
#define CONFIG_TEMPORAL_INPUT_DIM 16
#endif
#ifndef CONFIG_TEMPORAL_WINDOW_LEN
#define CONFIG_TEMPORAL_WINDOW_LEN 256
#endif
#ifndef CONFIG_TEMPORAL_N_CLASSES
#define CONFIG_TEMPORAL_N_CLASSES 4
#endif
#ifndef CONFIG_TEMPORAL_CLASSIFY_PERIOD_MS
#define CONFIG_TEMPORAL_CLASSIFY_PERIOD_MS 1000
#endif
