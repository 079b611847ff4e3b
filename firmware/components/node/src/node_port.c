#include "node_port.h"

const node_port_t *node_port;
