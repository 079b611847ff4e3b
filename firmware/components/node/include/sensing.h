// Sensing: a source of channel state, what is made of its frames, and when.
#pragma once

#include <stdint.h>

typedef enum {
    SENSING_NONE = 0,
    SENSING_RADIO = 1,
    SENSING_MOCK = 2,
} sensing_source_t;

void sensing_start(void); // after boot and restore: the source that belongs to this build, or none
sensing_source_t sensing_source(void);

void sensing_run(void);      // source, ring, packets: what is due
uint64_t sensing_next(void); // NODE_NEVER without a source
