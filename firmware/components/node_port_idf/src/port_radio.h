// Channel state from the chip's Wi-Fi.
#pragma once

#include "node_port.h"

// NULL where this image has none.
const node_radio_t *port_radio_open(void);
