// The last HIL_REPLY_CACHE replies, as the lines they were, by request id.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The slot that the reply to this id goes into: char [HIL_MAX_LINE]. Forgets the oldest reply.
char *reply_cache_slot(uint32_t id);
void reply_cache_set_len(uint32_t id, size_t len);

// NULL: not kept.
const char *reply_cache_find(uint32_t id, size_t *len);
