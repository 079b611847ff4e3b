#include "agent.h"

typedef struct {
    uint32_t id; // 0: the entry is empty
    size_t len;
    char line[HIL_MAX_LINE];
} entry_t;

static entry_t entries[HIL_REPLY_CACHE];
static uint32_t next; // the oldest entry

static entry_t *find(uint32_t id)
{
    for (uint32_t i = 0; i < HIL_REPLY_CACHE; i++) {
        if (id != 0 && entries[i].id == id) {
            return &entries[i];
        }
    }
    return NULL;
}

char *reply_cache_slot(uint32_t id)
{
    entry_t *entry = &entries[next];
    next = (next + 1u) % HIL_REPLY_CACHE;
    entry->id = id;
    entry->len = 0;
    return entry->line;
}

void reply_cache_set_len(uint32_t id, size_t len)
{
    entry_t *entry = find(id);
    if (entry) {
        entry->len = len;
    }
}

const char *reply_cache_find(uint32_t id, size_t *len)
{
    const entry_t *entry = find(id);
    if (!entry) {
        return NULL;
    }
    *len = entry->len;
    return entry->line;
}
