#include "adaptive_controller.h"

#include <inttypes.h>

#include "machine_clock.h"
#include "machine_log.h"
#include "machine_port.h"
#include "node_due.h"
#include "node_settings.h"
#include "packet_encode.h"
#include "packet_sink.h"
#include "sensing.h"
#include "stream_sender.h"
#include "temporal_task.h"

#define FAST_US   200000u
#define MEDIUM_US 1000000u
#define SLOW_US   30000000u

static const char *const TAG = "controller";

static struct {
    observation_t observation; // the present one
    bool overridden;           // it is what controller_observe said
    controller_state_t state;
    controller_state_t logged_state;
    uint32_t feature_seq;
    uint64_t next_fast_us;
    uint64_t next_medium_us;
    uint64_t next_slow_us;
} controller;

decision_t controller_decide(const observation_t *observation,
                             const controller_thresholds_t *thresholds)
{
    if (observation->pkt_yield < thresholds->min_pkt_yield ||
        observation->coherence < thresholds->coherence) {
        return (decision_t){STATE_DEGRADED, PROFILE_PASSIVE_LOW_RATE};
    }
    if (observation->anomaly >= thresholds->anomaly) {
        return (decision_t){STATE_ALERT, PROFILE_FAST_MOTION};
    }
    if (observation->motion >= thresholds->motion) {
        return (decision_t){STATE_SENSE_ACTIVE, PROFILE_FAST_MOTION};
    }
    if (observation->presence >= thresholds->presence && observation->motion < thresholds->still) {
        return (decision_t){STATE_SENSE_IDLE, PROFILE_RESPIRATION};
    }
    return (decision_t){STATE_SENSE_IDLE, PROFILE_PASSIVE_LOW_RATE};
}

static void log_change(void)
{
    if (controller.state != controller.logged_state) {
        MACHINE_LOGI(TAG, "state %d -> %d", (int)controller.logged_state, (int)controller.state);
        controller.logged_state = controller.state;
    }
}

void controller_self_test(void)
{
    controller.state = STATE_SELF_TEST;
    log_change();
}

void controller_start(void)
{
    const uint64_t now = machine_clock_now_us();
    controller.observation = (observation_t){0};
    controller.overridden = false;
    controller.state = STATE_BOOT;
    controller.logged_state = STATE_BOOT;
    controller.feature_seq = 0;
    controller.next_fast_us = now + FAST_US;
    controller.next_medium_us = now + MEDIUM_US;
    controller.next_slow_us = now + SLOW_US;
}

// While the node is not yet sensing, its state is the phase of sensing. From calibration on, too
// few or incoherent frames make it DEGRADED.
static decision_t decide_on_sensing(decision_t decision)
{
    const controller_state_t phase = sensing_phase();
    if (phase == STATE_RADIO_INIT || phase == STATE_TIME_SYNC) {
        return (decision_t){phase, PROFILE_PASSIVE_LOW_RATE};
    }
    if (phase == STATE_CALIBRATION && decision.state != STATE_DEGRADED) {
        return (decision_t){phase, PROFILE_CALIBRATION};
    }
    return decision;
}

static void fast_loop(uint64_t now)
{
    const observation_t *seen = &controller.observation;
    const bool sensed = !controller.overridden && sensing_observe(&controller.observation);
    if (!sensed && !controller.overridden) {
        controller.observation = (observation_t){0};
    }
    decision_t decision = controller_decide(seen, &node_settings()->thresholds);
    if (sensed) {
        decision = decide_on_sensing(decision);
    }
    controller.state = decision.state;

    packet_feature_state_t packet;
    packet_encode_feature_state(seen, decision, now, (uint16_t)++controller.feature_seq, &packet);
    packet_sink_send(&packet, sizeof packet);

    // Features are sent whether or not the head takes them; the task counts what it does not take.
    if (node_settings()->temporal_feed == TEMPORAL_FEED_STATE) {
        (void)temporal_task_push_frame(seen->features, CONTROLLER_FEATURES);
    }
}

static void slow_loop(void)
{
    const machine_heap_t heap = machine_port->heap();
    MACHINE_LOGI(
        TAG,
        "health: state %d, features %" PRIu32 ", heap %" PRIu32 " free, stack %" PRIu32 " free",
        (int)controller.state, controller.feature_seq, heap.free, machine_port->stack_free());
    temporal_task_log_health();
    if (sensing_source() != SENSING_NONE) {
        stream_sender_health();
    }
}

void controller_run(void)
{
    const uint64_t now = machine_clock_now_us();
    if (take_due(&controller.next_fast_us, FAST_US, now)) {
        fast_loop(now);
    }
    if (take_due(&controller.next_medium_us, MEDIUM_US, now)) {
        log_change();
    }
    if (take_due(&controller.next_slow_us, SLOW_US, now)) {
        slow_loop();
    }
}

uint64_t controller_next(void)
{
    return earlier(controller.next_fast_us,
                   earlier(controller.next_medium_us, controller.next_slow_us));
}

void controller_observe(const observation_t *observation)
{
    controller.observation = *observation;
    controller.overridden = true;
}

controller_state_t controller_state(void)
{
    return controller.state;
}

uint32_t controller_feature_seq(void)
{
    return controller.feature_seq;
}
