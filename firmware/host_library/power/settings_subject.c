// Settings, set one by one. A change that fills a region up copies what is set to the other.
#include <string.h>

#include "crc32_ieee.h"
#include "flash_settings.h"
#include "nor.h"
#include "subject.h"

#define REGION_BYTES (PART_BYTES / FLASH_SETTINGS_REGIONS)

enum {
    BLANK,
    NEVER_ERASED,
    GARBAGE,
    SOME,
    FULL,
    FULL_AGAIN,
    WRAPS,
    N_STATES
};

static const char *const states[N_STATES] = {
    "erased", "never erased", "garbage", "some set", "a full region", "both were full", "wraps",
};

typedef struct {
    size_t len; // 0: never set
    uint8_t bytes[NODE_SETTING_BYTES];
} value_t;

static struct {
    value_t known[NODE_SETTINGS]; // of each key, as it was before the change
    node_setting_t key;           // that the change sets, or NODE_SETTINGS
    value_t next;
    uint32_t changes;
    told_t told;
    node_settings_lost_t lost;
    bool fell_back;
} memory;

static void boot(void)
{
    const flash_settings_place_t place = {nor_memory, SETTINGS_BASE, REGION_BYTES, nor_write,
                                          nor_erase};
    memory.lost = flash_settings_start(&place);
}

static value_t stored(node_setting_t key)
{
    value_t value = {.len = sizeof value.bytes};
    if (flash_setting_get_bytes(key, value.bytes, &value.len)) {
        return (value_t){0};
    }
    return value;
}

static bool is_same(const value_t *a, const value_t *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

// Another value each time, of a number and of bytes in turn.
static void draw_change(void)
{
    static const node_setting_t keys[] = {NODE_SETTING_MIN_PKT_YIELD, NODE_SETTING_HOP_TABLE};
    memory.changes++;
    memory.key = keys[memory.changes % 2u];
    memory.next = (value_t){.len = memory.changes % 2u == 0 ? sizeof(uint32_t) : 14u};
    for (size_t i = 0; i < memory.next.len; i++) {
        memory.next.bytes[i] = (uint8_t)(memory.changes + i);
    }
}

static told_t change(way_t way)
{
    if (memory.key == NODE_SETTINGS || way == ANOTHER) {
        draw_change();
    }
    memory.told = TOLD_NOTHING;
    const esp_err_t err = flash_setting_set_bytes(memory.key, memory.next.bytes, memory.next.len);
    memory.told = err ? TOLD_REFUSED : TOLD_DONE;
    return memory.told;
}

static void settle(void)
{
    for (uint32_t key = 0; key < NODE_SETTINGS; key++) {
        memory.known[key] = stored((node_setting_t)key);
    }
    memory.key = NODE_SETTINGS;
    memory.told = TOLD_NOTHING;
}

// Until the next change has to copy.
static void fill_up(void)
{
    static uint8_t image[NOR_BYTES];
    const nor_plan_t nothing = {.event = NOR_NOTHING};
    bool is_full = false;
    while (!is_full) {
        memcpy(image, nor_memory, sizeof image);
        nor_arm(&nothing);
        (void)change(ANOTHER);
        for (uint32_t i = 0; i < nor_log()->count; i++) {
            is_full = is_full || nor_log()->erases[i];
        }
    }
    nor_disarm();
    memcpy(nor_memory, image, sizeof image);
    boot();
}

// The header of the first region, with the last generation before 0.
static void wrap(void)
{
    uint32_t header[3];
    memcpy(header, nor_memory + SETTINGS_BASE, sizeof header);
    header[1] = UINT32_MAX;
    header[2] = crc32_ieee(0, header, 2u * sizeof header[0]);
    memcpy(nor_memory + SETTINGS_BASE, header, sizeof header);
    memcpy(nor_memory + SETTINGS_BASE + sizeof header, header, sizeof header);
    boot();
}

static void start(uint32_t state)
{
    static const uint8_t fillings[] = {[BLANK] = 0xFF, [NEVER_ERASED] = 0, [GARBAGE] = 0x5A};
    memset(&memory, 0, sizeof memory);
    memset(nor_memory + SETTINGS_BASE, state <= GARBAGE ? fillings[state] : 0xFF, PART_BYTES);
    boot();
    if (state >= SOME) {
        (void)flash_setting_set(NODE_SETTING_NODE_ID, 77);
        (void)flash_setting_set(NODE_SETTING_THR_STILL, 123);
        (void)flash_setting_set_bytes(NODE_SETTING_SENDER, "\x02sender", 6);
        (void)change(ANOTHER);
        (void)change(ANOTHER);
    }
    if (state >= FULL) {
        fill_up();
    }
    if (state == FULL_AGAIN) {
        (void)change(ANOTHER);
        fill_up();
    } else if (state == WRAPS) {
        wrap();
    }
    settle();
}

static const char *complaint(demand_t demand)
{
    return memory.lost != NODE_SETTINGS_KEPT && demand == WHOLE
               ? "settings are said to be lost, and none is"
               : NULL;
}

static const char *judge(demand_t demand)
{
    const char *wrong = complaint(demand);
    memory.fell_back = false;
    for (uint32_t key = 0; key < NODE_SETTINGS; key++) {
        const value_t now = stored((node_setting_t)key);
        const bool is_set = key == (uint32_t)memory.key;
        const bool may_be_old = !is_set || memory.told != TOLD_DONE;
        const bool may_be_new = is_set && (memory.told != TOLD_REFUSED || demand == WHOLE_OR_TOLD);
        if ((may_be_old && is_same(&now, &memory.known[key])) ||
            (may_be_new && is_same(&now, &memory.next))) {
            continue;
        }
        memory.fell_back = true;
        if (memory.lost == NODE_SETTINGS_KEPT) {
            wrong = may_be_old ? "a setting is not what it was, and none is said to be lost"
                               : "a setting that was told as done is not there";
        }
    }
    if (!wrong) {
        settle();
    }
    return wrong;
}

static bool fell_back(void)
{
    return memory.fell_back;
}

static uint32_t n_places(void)
{
    return PART_BYTES;
}

static uint32_t place(uint32_t index)
{
    return SETTINGS_BASE + index;
}

const subject_t settings_subject = {
    .name = "settings",
    .states = states,
    .n_states = N_STATES,
    .memory = &memory,
    .memory_bytes = sizeof memory,
    .n_places = n_places,
    .place = place,
    .start = start,
    .boot = boot,
    .change = change,
    .judge = judge,
    .fell_back = fell_back,
};
