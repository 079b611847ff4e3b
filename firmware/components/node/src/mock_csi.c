#include "mock_csi.h"

#include <stddef.h>

#include "csi_collector.h"
#include "csi_hop.h"
#include "mock_fixed.h"
#include "mock_scene.h"
#include "node_clock.h"
#include "node_port.h"

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

static struct {
    bool active;
    mock_moment_t now;
    mock_room_t room;
    uint64_t next_us;
} mock;

esp_err_t mock_csi_start(mock_scenario_t scenario, uint32_t seed)
{
    if (scenario >= MOCK_SCENARIOS) {
        return ESP_ERR_INVALID_ARG;
    }
    const bool same_room = mock.active && mock.now.seed == seed;
    const uint32_t room_frame = same_room ? mock.now.room_frame : 0;
    const uint64_t next = same_room ? mock.next_us : node_clock_now_us() + MOCK_PERIOD_US;
    csi_collector_hold(false);
    csi_collector_filter(access_point);
    const uint8_t home = MOCK_CHANNEL;
    const bool sweeps = scenario == MOCK_CHANNEL_SWEEP;
    const esp_err_t err =
        csi_hop_start(sweeps ? sweep : &home, sweeps ? sizeof sweep : 1u, SWEEP_DWELL);
    if (err) {
        return err;
    }
    mock.now = (mock_moment_t){scenario, seed, room_frame, 0};
    mock_room_init(&mock.room, seed, csi_hop_channel());
    mock.next_us = next;
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
    return mock.now.scenario;
}

uint32_t mock_csi_seed(void)
{
    return mock.now.seed;
}

uint64_t mock_csi_next(void)
{
    return mock.active ? mock.next_us : NODE_NEVER;
}

static int8_t rssi_now(void)
{
    if (mock.now.scenario == MOCK_RSSI_BOUNDARY) {
        return boundary_rssi[mock.now.frame % sizeof boundary_rssi];
    }
    const uint32_t level = 45u + mock_draw(mock.now.seed, DRAW_RSSI) % 20u;
    const int32_t flutter =
        mock_normal(mock_draw(mock.now.seed, mock.now.room_frame + 0x80000000u));
    return (int8_t)(-(int32_t)level + flutter / 148);
}

static csi_frame_t frame_of(const uint8_t *mac, uint64_t ts_us, const int8_t *iq)
{
    csi_frame_t frame = {
        .ts_us = ts_us,
        .channel = mock.room.channel,
        .n_antennas = 1,
        .n_subcarriers = MOCK_SUBCARRIERS,
        .rssi = rssi_now(),
        .noise_floor = NOISE_FLOOR,
        .iq = iq,
    };
    for (size_t i = 0; i < sizeof frame.mac; i++) {
        frame.mac[i] = mac[i];
    }
    return frame;
}

// What comes besides the frame that belongs to the room.
static void deliver_others(uint64_t now)
{
    static const int8_t noise[2u * MOCK_SUBCARRIERS]; // a stranger's channel: nothing like ours
    if (mock.now.scenario == MOCK_MAC_FILTER) {
        const csi_frame_t foreign = frame_of(stranger, now, noise);
        csi_collector_receive(&foreign);
    }
    if (mock.now.scenario == MOCK_ZERO_LENGTH) {
        csi_frame_t wrong = frame_of(access_point, now, noise);
        wrong.n_subcarriers = 0;
        csi_collector_receive(&wrong);
        if (mock.now.frame % OVERSIZE_EACH == 0) {
            wrong.n_subcarriers = CSI_MAX_PAIRS + 1u;
            csi_collector_receive(&wrong);
        }
    }
}

static void deliver(uint64_t now)
{
    int8_t iq[2u * MOCK_SUBCARRIERS];
    if (mock.room.channel != csi_hop_channel()) {
        mock_room_init(&mock.room, mock.now.seed, csi_hop_channel());
    }
    deliver_others(now);
    mock_scene_frame(&mock.room, &mock.now, iq);
    const csi_frame_t frame = frame_of(access_point, now, iq);
    csi_collector_receive(&frame);
    if (mock.now.scenario == MOCK_RING_OVERFLOW) {
        const uint32_t place = mock.now.frame % HOLD_CYCLE;
        csi_collector_hold(place >= HOLD_FROM && place < HOLD_CYCLE - 1u);
    }
    mock.now.frame++;
    mock.now.room_frame++;
}

void mock_csi_run(void)
{
    const uint64_t now = node_clock_now_us();
    if (!mock.active || now < mock.next_us) {
        return;
    }
    deliver(now);
    mock.next_us += MOCK_PERIOD_US;
    if (mock.next_us <= now) { // fell behind: keep the rate, skip what was missed
        mock.next_us = now + MOCK_PERIOD_US;
    }
}
