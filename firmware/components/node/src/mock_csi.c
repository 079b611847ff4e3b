#include "mock_csi.h"

#include <string.h>

#include "csi_collector.h"
#include "csi_hop.h"
#include "csi_layout.h"
#include "machine_clock.h"
#include "machine_port.h"
#include "mock_scene.h"

#define NOISE_FLOOR   (-92)
#define SWEEP_DWELL   500u // ms
#define HOLD_CYCLE    80u  // frames
#define HOLD_FROM     60u  // of the cycle
#define OVERSIZE_EACH 10u  // frames
#define DRAW_RSSI     0x300u

static const uint8_t access_point[6] = {0x02, 0xC5, 0x11, 0x00, 0x00, 0x01};
static const uint8_t stranger[6] = {0x02, 0xC5, 0x11, 0x00, 0x00, 0x02};
static const uint8_t sweep[] = {1, 6, 11};
static const int8_t boundary_rssi[] = {-128, -127, -100, -91, -90, -50, -1, 0, 1, 127};

typedef struct {
    csi_frame_t frame; // its iq is this one's
    int8_t iq[2u * MOCK_PAIRS];
    bool waits; // it is handed over with the next slot's
} sent_t;

static struct {
    bool active;
    mock_scenario_t scenario;
    uint32_t seed;
    uint64_t room_us;    // when the room began
    uint32_t first_slot; // of the scenario
    uint32_t room_slot;  // the next one
    mock_slot_t slot;    // what happens to its frame
    uint64_t next_us;
    mock_radio_t radio;
    mock_room_t room;
    sent_t sent[2]; // the slot's and the one before it, by the slot's lowest bit
} mock;

// Draws what happens to the slot's frame.
static void await_slot(uint32_t room_slot)
{
    mock.room_slot = room_slot;
    mock.slot = mock_radio_slot(&mock.radio, mock.seed, room_slot);
    if (mock.scenario == MOCK_CLEAN) {
        mock.slot = (mock_slot_t){.delay_us = MOCK_PERIOD_US / 2u};
    }
    mock.next_us = mock.room_us + (uint64_t)room_slot * MOCK_PERIOD_US + mock.slot.delay_us;
}

esp_err_t mock_csi_start(mock_scenario_t scenario, uint32_t seed)
{
    if (scenario >= MOCK_SCENARIOS) {
        return ESP_ERR_INVALID_ARG;
    }
    const bool same_room = mock.active && mock.seed == seed;
    csi_collector_hold(false);
    csi_collector_filter(access_point);
    const uint8_t home = MOCK_CHANNEL;
    const bool sweeps = scenario == MOCK_CHANNEL_SWEEP;
    const esp_err_t err =
        csi_hop_start(sweeps ? sweep : &home, sweeps ? sizeof sweep : 1u, SWEEP_DWELL);
    if (err) {
        return err;
    }
    if (!same_room) {
        mock.room_us = machine_clock_now_us();
        mock.room_slot = 0;
    }
    mock.scenario = scenario;
    mock.seed = seed;
    mock.first_slot = mock.room_slot;
    mock.sent[0].waits = false;
    mock.sent[1].waits = false;
    mock_radio_init(&mock.radio, seed);
    mock_room_init(&mock.room, seed, csi_hop_channel());
    await_slot(mock.room_slot);
    mock.active = true;
    return ESP_OK;
}

void mock_csi_stop(void)
{
    if (mock.active) {
        csi_collector_hold(false);
        csi_hop_stop();
    }
    mock.active = false;
}

bool mock_csi_is_active(void)
{
    return mock.active;
}

mock_scenario_t mock_csi_scenario(void)
{
    return mock.scenario;
}

uint32_t mock_csi_seed(void)
{
    return mock.seed;
}

uint64_t mock_csi_next(void)
{
    return mock.active ? mock.next_us : MACHINE_NEVER;
}

static uint32_t scenario_slot(void)
{
    return mock.room_slot - mock.first_slot;
}

static int8_t rssi_now(void)
{
    if (mock.scenario == MOCK_RSSI_BOUNDARY) {
        return boundary_rssi[scenario_slot() % sizeof boundary_rssi];
    }
    const uint32_t level = 45u + mock_draw(mock.seed, DRAW_RSSI) % 20u;
    const int32_t flutter = mock_normal(mock_draw(mock.seed, mock.room_slot + 0x80000000u));
    return (int8_t)(-(int32_t)level + flutter / 148);
}

static uint16_t layout_now(void)
{
    if (mock.scenario == MOCK_CLEAN) {
        return 0; // unknown
    }
    return CSI_ROW_NON_HT | (mock.radio.is_classic ? CSI_LAYOUT_FIRST_INVALID : 0u);
}

static csi_frame_t frame_of(const uint8_t *mac /*[6]*/, uint16_t pairs,
                            const int8_t *iq /*[pairs][2]*/)
{
    csi_frame_t frame = {
        .ts_us = mock.next_us,
        .channel = csi_hop_channel(),
        .n_antennas = 1,
        .n_subcarriers = pairs,
        .layout = layout_now(),
        .rssi = rssi_now(),
        .noise_floor = NOISE_FLOOR,
        .iq = iq,
    };
    memcpy(frame.mac, mac, sizeof frame.mac);
    return frame;
}

// Frames that do not belong to the room: a stranger's, and empty or too large ones.
static void deliver_others(void)
{
    static const int8_t noise[2u * MOCK_PAIRS]; // a stranger's channel
    if (mock.scenario == MOCK_MAC_FILTER) {
        const csi_frame_t foreign = frame_of(stranger, MOCK_PAIRS, noise);
        csi_collector_receive(&foreign);
    }
    if (mock.scenario == MOCK_ZERO_LENGTH) {
        csi_frame_t wrong = frame_of(access_point, 0, noise);
        csi_collector_receive(&wrong);
        if (scenario_slot() % OVERSIZE_EACH == 0) {
            wrong.n_subcarriers = CSI_MAX_PAIRS + 1u;
            csi_collector_receive(&wrong);
        }
    }
}

// The frame of the slot that is due.
static csi_frame_t make_frame(int8_t *iq /*[MOCK_PAIRS][2]*/)
{
    const int64_t slot_us = (int64_t)scenario_slot() * MOCK_PERIOD_US;
    const mock_moment_t moment = {
        .scenario = mock.scenario,
        .seed = mock.seed,
        .slot = scenario_slot(),
        .room_slot = mock.room_slot,
        .t_us = slot_us + mock.slot.delay_us,
        .room_us = (int64_t)mock.room_slot * MOCK_PERIOD_US + mock.slot.delay_us,
    };
    if (mock.scenario == MOCK_CLEAN) {
        mock_clean_frame(&moment, csi_hop_channel(), iq);
        return frame_of(access_point, MOCK_CLEAN_CARRIERS, iq);
    }
    if (mock.room.channel != csi_hop_channel()) {
        mock_room_init(&mock.room, mock.seed, csi_hop_channel());
    }
    mock_phasor_t field[MOCK_CARRIERS];
    mock_room_field(&mock.room, &moment, field);
    mock_radio_receive(&mock.radio, &mock.slot, &moment, field, iq);
    return frame_of(access_point, MOCK_PAIRS, iq);
}

// Hands over the slot's frame, unless it waits, and the last slot's if that has waited.
static void deliver(void)
{
    sent_t *own = &mock.sent[mock.room_slot & 1u];
    sent_t *last = &mock.sent[~mock.room_slot & 1u];
    deliver_others();
    if (!mock.slot.is_lost) {
        own->frame = make_frame(own->iq);
        own->waits = mock.slot.is_late;
        for (uint32_t i = 0; !own->waits && i <= mock.slot.is_twice; i++) {
            csi_collector_receive(&own->frame);
        }
    }
    if (last->waits) {
        csi_collector_receive(&last->frame);
        last->waits = false;
    }
    if (mock.scenario == MOCK_RING_OVERFLOW) {
        const uint32_t place = scenario_slot() % HOLD_CYCLE;
        csi_collector_hold(place >= HOLD_FROM && place < HOLD_CYCLE - 1u);
    }
}

void mock_csi_run(void)
{
    const uint64_t now = machine_clock_now_us();
    if (!mock.active || now < mock.next_us) {
        return;
    }
    deliver();
    const uint64_t present = (now - mock.room_us) / MOCK_PERIOD_US;
    const bool is_behind = present > mock.room_slot + 1u; // keep the time, skip what was missed
    await_slot(is_behind ? (uint32_t)present : mock.room_slot + 1u);
}
