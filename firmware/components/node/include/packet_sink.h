// Where packets go: the network where there is one, and the console when the mirror is on.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef bool (*packet_mirror_t)(const void *packet, size_t len); // false: it does not fit

void packet_sink_send(const void *packet, size_t len);
void packet_sink_mirror(packet_mirror_t mirror); // NULL: off

// A packet counts as sent when the network took it, or when it was mirrored. Where there is neither
// a network nor a mirror it is not counted.
uint32_t packet_sink_sent(void);
uint32_t packet_sink_failed(void);
uint32_t packet_sink_network(void); // of those sent, the ones that the network took
void packet_sink_reset_counters(void);
