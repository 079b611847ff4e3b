#include "csi_collector.h"

#include <stdatomic.h>
#include <string.h>

typedef struct {
    csi_frame_t frame; // its iq is the slot's
    int8_t iq[2u * CSI_MAX_PAIRS];
} slot_t;

// One thread writes, another reads: each index has one owner, and a slot belongs to the reader from
// the moment `written` passes it until `released` does.
static struct {
    slot_t slots[CSI_RING_FRAMES];
    _Atomic uint32_t written;
    _Atomic uint32_t released;
    bool held;
} ring;

enum {
    RECEIVED,
    ACCEPTED,
    ZERO_LENGTH,
    OVERSIZED,
    FILTERED,
    GATED,
    DROPPED,
    COUNTS
};

static _Atomic uint32_t counts[COUNTS];
static _Atomic uint32_t levels; // rssi, rssi_min, rssi_max, noise floor: a byte each
static uint64_t gate_open_us;   // written by the source's thread only

static struct {
    atomic_bool on;
    _Atomic uint32_t low;  // the last four bytes
    _Atomic uint32_t high; // the first two
} filter;

static void count(uint32_t which)
{
    (void)atomic_fetch_add_explicit(&counts[which], 1u, memory_order_relaxed);
}

void csi_collector_reset(void)
{
    atomic_store(&ring.released, atomic_load(&ring.written));
    ring.held = false;
    for (uint32_t i = 0; i < COUNTS; i++) {
        atomic_store(&counts[i], 0);
    }
    atomic_store(&levels, 0);
    gate_open_us = 0;
    csi_collector_filter(NULL);
}

static uint32_t word(const uint8_t *mac, size_t first, size_t last)
{
    uint32_t value = 0;
    for (size_t i = first; i <= last; i++) {
        value = value << 8 | mac[i];
    }
    return value;
}

void csi_collector_filter(const uint8_t *mac)
{
    atomic_store(&filter.on, false);
    if (mac) {
        atomic_store(&filter.high, word(mac, 0, 1));
        atomic_store(&filter.low, word(mac, 2, 5));
        atomic_store(&filter.on, true);
    }
}

static bool is_wanted(const uint8_t *mac)
{
    return !atomic_load(&filter.on) || (word(mac, 0, 1) == atomic_load(&filter.high) &&
                                        word(mac, 2, 5) == atomic_load(&filter.low));
}

// In the long run one frame a period passes at most, whatever the spacing: the gate opens again one
// period after it last opened, and not one period after the frame that passed.
static bool passes_gate(uint64_t now)
{
    if (now < gate_open_us) {
        return false;
    }
    gate_open_us =
        (now - gate_open_us < CSI_GATE_PERIOD_US ? gate_open_us : now) + CSI_GATE_PERIOD_US;
    return true;
}

static uint32_t levels_with(uint32_t before, const csi_frame_t *frame)
{
    const int8_t rssi = frame->rssi;
    int8_t least = rssi;
    int8_t most = rssi;
    if (atomic_load(&counts[ACCEPTED]) > 0) {
        const int8_t before_least = (int8_t)(uint8_t)(before >> 8);
        const int8_t before_most = (int8_t)(uint8_t)(before >> 16);
        least = before_least < rssi ? before_least : rssi;
        most = before_most > rssi ? before_most : rssi;
    }
    return (uint32_t)(uint8_t)rssi | (uint32_t)(uint8_t)least << 8 | (uint32_t)(uint8_t)most << 16 |
           (uint32_t)(uint8_t)frame->noise_floor << 24;
}

static bool keep(const csi_frame_t *frame, uint32_t pairs)
{
    const uint32_t written = atomic_load_explicit(&ring.written, memory_order_relaxed);
    const uint32_t released = atomic_load_explicit(&ring.released, memory_order_acquire);
    if (written - released == CSI_RING_FRAMES) {
        return false;
    }
    slot_t *slot = &ring.slots[written % CSI_RING_FRAMES];
    slot->frame = *frame;
    slot->frame.iq = slot->iq;
    memcpy(slot->iq, frame->iq, 2u * pairs);
    atomic_store_explicit(&ring.written, written + 1u, memory_order_release);
    return true;
}

void csi_collector_receive(const csi_frame_t *frame)
{
    const uint32_t pairs = (uint32_t)frame->n_antennas * frame->n_subcarriers;
    count(RECEIVED);
    if (pairs == 0 || !frame->iq) {
        count(ZERO_LENGTH);
    } else if (pairs > CSI_MAX_PAIRS) {
        count(OVERSIZED);
    } else if (!is_wanted(frame->mac)) {
        count(FILTERED);
    } else if (!passes_gate(frame->ts_us)) {
        count(GATED);
    } else if (!keep(frame, pairs)) {
        count(DROPPED);
    } else {
        atomic_store(&levels, levels_with(atomic_load(&levels), frame));
        count(ACCEPTED);
    }
}

uint32_t csi_collector_depth(void)
{
    return atomic_load_explicit(&ring.written, memory_order_acquire) -
           atomic_load_explicit(&ring.released, memory_order_relaxed);
}

const csi_frame_t *csi_collector_peek(void)
{
    if (ring.held || csi_collector_depth() == 0) {
        return NULL;
    }
    const uint32_t oldest = atomic_load_explicit(&ring.released, memory_order_relaxed);
    return &ring.slots[oldest % CSI_RING_FRAMES].frame;
}

void csi_collector_release(void)
{
    (void)atomic_fetch_add_explicit(&ring.released, 1u, memory_order_release);
}

void csi_collector_hold(bool on)
{
    ring.held = on;
}

void csi_collector_counters(csi_counters_t *out)
{
    const uint32_t seen = atomic_load(&levels);
    *out = (csi_counters_t){
        .received = atomic_load(&counts[RECEIVED]),
        .accepted = atomic_load(&counts[ACCEPTED]),
        .zero_length = atomic_load(&counts[ZERO_LENGTH]),
        .oversized = atomic_load(&counts[OVERSIZED]),
        .filtered = atomic_load(&counts[FILTERED]),
        .gated = atomic_load(&counts[GATED]),
        .dropped = atomic_load(&counts[DROPPED]),
        .rssi = (int8_t)(uint8_t)seen,
        .rssi_min = (int8_t)(uint8_t)(seen >> 8),
        .rssi_max = (int8_t)(uint8_t)(seen >> 16),
        .noise_floor = (int8_t)(uint8_t)(seen >> 24),
    };
}
