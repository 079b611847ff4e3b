#include "temporal_task.h"

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "machine_clock.h"
#include "machine_log.h"
#include "machine_port.h"
#include "node_due.h"
#include "node_port.h"
#include "packet_encode.h"
#include "packet_sink.h"
#include "ruv_temporal.h"

#define PERIOD_MS       ((uint32_t)CONFIG_TEMPORAL_CLASSIFY_PERIOD_MS)
#define PERIOD_US       ((uint64_t)PERIOD_MS * 1000u)
#define DROP_LOG_GAP_US 1000000u
#define CLASSIFY_MS     30000u // the most that the watchdog grants
#define GRANT_FACTOR    4u     // times what is expected, as other tasks may run meanwhile
// A classification that takes this long is the last one: the window grows by at most a queue's
// depth from one to the next, so that none comes near what the watchdog grants.
#define LONGEST_US ((uint64_t)CLASSIFY_MS * 1000u / 3u)

static const char *const TAG = "temporal_task";

typedef struct {
    float values[TEMPORAL_MAX_INPUT_DIM];
} queue_item_t;

static queue_item_t queue_storage[TEMPORAL_QUEUE_DEPTH];

static struct {
    const uint8_t *blob; // [blob_len]
    size_t blob_len;
    ruv_temporal_ctx_t *head;
    uint32_t input_dim;
    uint32_t window_len;
    uint32_t n_classes;
    bool running;
    bool held;
    bool disabled;             // by a failed self-test
    uint64_t next_classify_us; // MACHINE_NEVER: they take too long
    uint32_t gap_ms;           // from one to the next; 0: none is made any more
    uint32_t cost_ms;          // of the classification by which the gap was planned
    uint64_t measured_us;      // of the last classification, on the port's clock
    uint32_t measured_frames;  // that it used; 0: there was none
    uint64_t next_drop_log_us;
    uint32_t drops_logged;
    temporal_stats_t stats;
} task;

void temporal_task_use_weights(const uint8_t *blob, size_t len)
{
    task.blob = blob;
    task.blob_len = len;
}

bool temporal_task_running(void)
{
    return task.running;
}

esp_err_t temporal_task_self_test(void)
{
    const esp_err_t err = ruv_temporal_kernel_self_test();
    if (err) {
        MACHINE_LOGE(TAG, "kernel self-test: %s, the head is disabled", esp_err_to_name(err));
        (void)temporal_task_stop();
        task.disabled = true;
    }
    return err;
}

static esp_err_t check_start(uint32_t input_dim, uint32_t n_classes)
{
    if (task.running || task.disabled) {
        return ESP_ERR_INVALID_STATE;
    }
    if (input_dim == 0 || input_dim > TEMPORAL_MAX_INPUT_DIM) {
        MACHINE_LOGE(TAG, "input_dim %" PRIu32 ": a queue item holds 1 to %" PRIu32, input_dim,
                     (uint32_t)TEMPORAL_MAX_INPUT_DIM);
        return ESP_ERR_INVALID_ARG;
    }
    if (n_classes > TEMPORAL_MAX_CLASSES) {
        MACHINE_LOGE(TAG, "n_classes %" PRIu32 ": at most %u", n_classes, TEMPORAL_MAX_CLASSES);
        return ESP_ERR_INVALID_ARG;
    }
    return task.blob ? ESP_OK : ESP_ERR_NOT_FOUND;
}

static void begin_cadence(void)
{
    task.next_classify_us = machine_clock_now_us() + PERIOD_US;
    task.gap_ms = PERIOD_MS;
    task.cost_ms = 0;
    task.next_drop_log_us = 0;
    task.stats.seq = 0;
}

// Does what is due and says when to come back.
static uint64_t step(void);

esp_err_t temporal_task_start(uint32_t input_dim, uint32_t window_len, uint32_t n_classes)
{
    esp_err_t err = check_start(input_dim, n_classes);
    if (err) {
        return err;
    }
    err = ruv_temporal_init(task.blob, task.blob_len, input_dim, window_len, n_classes, &task.head);
    if (err) {
        return err;
    }
    err = node_port->queue->open(queue_storage, sizeof queue_storage[0], TEMPORAL_QUEUE_DEPTH);
    if (!err) {
        task.input_dim = input_dim;
        task.window_len = window_len;
        task.n_classes = n_classes;
        task.held = false;
        begin_cadence();
        task.running = true;
        err = node_port->worker ? node_port->worker->start(step) : ESP_OK;
    }
    if (err) {
        task.running = false;
        ruv_temporal_destroy(task.head);
        task.head = NULL;
        return err;
    }
    MACHINE_LOGI(TAG, "started: input_dim %" PRIu32 ", window %" PRIu32 ", %" PRIu32 " classes",
                 input_dim, window_len, n_classes);
    return ESP_OK;
}

esp_err_t temporal_task_stop(void)
{
    if (!task.running) {
        return ESP_ERR_NOT_FOUND;
    }
    task.running = false;
    if (node_port->worker) {
        node_port->worker->stop();
    }
    ruv_temporal_destroy(task.head);
    task.head = NULL;
    MACHINE_LOGI(TAG, "stopped");
    return ESP_OK;
}

static void forget_frames(void *unused)
{
    (void)unused;
    queue_item_t item;
    while (node_port->queue->receive(&item)) {
    }
    ruv_temporal_reset(task.head);
}

static void begin_anew(void *unused)
{
    forget_frames(unused);
    task.held = false;
    begin_cadence();
}

// In the task's own thread, where it has one.
static void in_its_thread(void (*call)(void *), void *arg)
{
    if (node_port->worker) {
        node_port->worker->call(call, arg);
    } else {
        call(arg);
    }
}

bool temporal_task_reset_stream(uint32_t input_dim, uint32_t window_len, uint32_t n_classes)
{
    if (!task.running || task.input_dim != input_dim || task.window_len != window_len ||
        task.n_classes != n_classes) {
        return false;
    }
    in_its_thread(begin_anew, NULL);
    return true;
}

esp_err_t temporal_task_forget(void)
{
    if (!task.running) {
        return ESP_ERR_NOT_FOUND;
    }
    in_its_thread(forget_frames, NULL);
    return ESP_OK;
}

static void count_drop(void)
{
    const uint64_t now = machine_clock_now_us();
    task.stats.queue_drops++;
    if (now < task.next_drop_log_us) {
        return;
    }
    task.next_drop_log_us = now + DROP_LOG_GAP_US;
    task.stats.drop_log_lines++;
    MACHINE_LOGW(TAG, "queue full, %" PRIu32 " frames dropped", task.stats.queue_drops);
}

esp_err_t temporal_task_push_frame(const float *frame, size_t frame_len)
{
    if (!task.running) {
        return ESP_ERR_NOT_FOUND;
    }
    if (frame_len > task.input_dim) {
        return ESP_ERR_INVALID_SIZE;
    }
    queue_item_t item = {0};
    memcpy(item.values, frame, frame_len * sizeof *frame);
    if (!node_port->queue->send(&item)) {
        count_drop();
        return ESP_ERR_TIMEOUT;
    }
    task.stats.frames_pushed++;
    task.stats.frames_short += frame_len < task.input_dim;
    if (node_port->worker && !task.held) {
        node_port->worker->wake();
    }
    return ESP_OK;
}

static void drain(void)
{
    queue_item_t item;
    while (!task.held && node_port->queue->receive(&item)) {
        const uint64_t before = machine_port->cycles();
        const esp_err_t err = ruv_temporal_push(task.head, item.values);
        const uint64_t cycles = machine_port->cycles() - before;
        machine_lock(); // 64 bits are two stores
        task.stats.push_cycles = cycles;
        task.stats.frames_refused += err != ESP_OK;
        machine_unlock();
    }
}

// Estimated from the last classification: the cost grows at most with the square of the frames.
static uint32_t grant_ms(void)
{
    const uint64_t before = task.measured_frames;
    const uint64_t now = ruv_temporal_frames(task.head);
    if (before == 0) {
        return CLASSIFY_MS;
    }
    const uint64_t growth = now > before ? now * now : before * before;
    const uint64_t expected_us = task.measured_us * growth / (before * before);
    const uint64_t grant = MACHINE_WATCHDOG_MS + GRANT_FACTOR * expected_us / 1000u;
    return grant < CLASSIFY_MS ? (uint32_t)grant : CLASSIFY_MS;
}

static esp_err_t classify(float *logits)
{
    machine_port->watchdog(grant_ms());
    const uint64_t began_us = machine_port->clock_us();
    const uint64_t before = machine_port->cycles();
    const esp_err_t err = ruv_temporal_classify(task.head, logits, task.n_classes);
    const uint64_t cycles = machine_port->cycles() - before;
    machine_port->watchdog(MACHINE_WATCHDOG_MS);
    if (err == ESP_ERR_INVALID_STATE) {
        return err; // no frame yet: nothing was computed
    }
    task.measured_us = machine_port->clock_us() - began_us;
    task.measured_frames = ruv_temporal_frames(task.head);
    machine_lock();
    task.stats.classify_count++;
    task.stats.classify_errors += err != ESP_OK;
    task.stats.classify_cycles = cycles;
    if (cycles > task.stats.classify_cycles_max) {
        task.stats.classify_cycles_max = cycles;
    }
    machine_unlock();
    return err;
}

static void classify_and_send(void)
{
    float logits[TEMPORAL_MAX_CLASSES];
    if (classify(logits) != ESP_OK) {
        return;
    }
    packet_temporal_classification_t packet;
    packet_encode_temporal(logits, task.n_classes, machine_clock_now_us(), ++task.stats.seq,
                           &packet);
    packet_sink_send(&packet, sizeof packet);
}

// A classification that takes longer than its period leaves half of the time to others.
static uint32_t gap_for(uint64_t cost_us)
{
    return cost_us <= PERIOD_US ? PERIOD_MS : (uint32_t)(2u * cost_us / PERIOD_US + 1u) * PERIOD_MS;
}

esp_err_t temporal_task_pace(char *reason, size_t size)
{
    const uint32_t gap_ms = task.gap_ms;
    const uint32_t cost_ms = task.cost_ms;
    if (!task.running || gap_ms == PERIOD_MS) {
        return ESP_OK;
    }
    if (gap_ms == 0) {
        (void)snprintf(reason, size, "a classify takes %" PRIu32 " ms: none is made any more",
                       cost_ms);
        return ESP_ERR_TIMEOUT;
    }
    (void)snprintf(reason, size,
                   "a classify takes %" PRIu32 " ms: one every %" PRIu32 " ms, not every %" PRIu32,
                   cost_ms, gap_ms, PERIOD_MS);
    return ESP_OK;
}

static void say_pace(void)
{
    char reason[TEMPORAL_REASON];
    if (temporal_task_pace(reason, sizeof reason)) {
        MACHINE_LOGE(TAG, "%s", reason);
    } else {
        MACHINE_LOGW(TAG, "%s", reason);
    }
}

static void plan_next(uint64_t began_us)
{
    const uint64_t now = machine_clock_now_us();
    const uint64_t cost_us =
        now > began_us ? now - began_us : 0; // the clock may have been set back
    const uint32_t planned_ms = task.gap_ms;
    task.cost_ms = (uint32_t)(cost_us / 1000u);
    task.gap_ms = cost_us > LONGEST_US ? 0 : gap_for(cost_us);
    if (task.gap_ms == 0 || task.gap_ms > planned_ms) {
        say_pace();
    }
    if (task.gap_ms == 0) {
        task.next_classify_us = MACHINE_NEVER;
        return;
    }
    task.next_classify_us += (uint64_t)task.gap_ms * 1000u;
    if (task.next_classify_us <= now) { // fell behind: skip what was missed
        task.next_classify_us = now + (uint64_t)task.gap_ms * 1000u;
    }
}

static uint64_t step(void)
{
    if (!task.running) {
        return MACHINE_NEVER;
    }
    drain();
    const uint64_t now = machine_clock_now_us();
    if (now >= task.next_classify_us) {
        classify_and_send();
        plan_next(now);
    }
    return task.next_classify_us;
}

static void step_on_request(void *unused)
{
    (void)unused;
    (void)step();
}

void temporal_task_run_due(void)
{
    if (!node_port->worker) {
        (void)step();
    } else if (machine_clock_mode() == MACHINE_CLOCK_STEPPED &&
               temporal_task_next(MACHINE_NEVER) <= machine_clock_now_us()) {
        node_port->worker->call(step_on_request, NULL); // in its own thread, while this one waits
    }
}

uint64_t temporal_task_next(uint64_t at_latest)
{
    if (!task.running) {
        return at_latest;
    }
    if (!task.held && node_port->queue->depth() > 0) {
        return 0;
    }
    return earlier(task.next_classify_us, at_latest);
}

esp_err_t temporal_task_hold(bool on)
{
    if (!task.running) {
        return ESP_ERR_NOT_FOUND;
    }
    task.held = on;
    if (!on && node_port->worker) {
        node_port->worker->wake();
    }
    return ESP_OK;
}

typedef struct {
    float *logits;
    uint32_t n_frames;
    uint64_t cycles;
    esp_err_t err;
} classify_call_t;

static void classify_on_request(void *arg)
{
    classify_call_t *call = arg;
    drain();
    call->err = classify(call->logits);
    call->n_frames = ruv_temporal_frames(task.head);
    call->cycles = task.stats.classify_cycles;
}

esp_err_t temporal_task_classify(float *logits, uint32_t *n_classes, uint32_t *n_frames,
                                 uint64_t *cycles)
{
    if (!task.running) {
        return ESP_ERR_NOT_FOUND;
    }
    classify_call_t call = {.logits = logits};
    in_its_thread(classify_on_request, &call);
    if (call.err) {
        return call.err;
    }
    *n_classes = task.n_classes;
    *n_frames = call.n_frames;
    *cycles = call.cycles;
    return ESP_OK;
}

void temporal_task_log_health(void)
{
    MACHINE_LOGI(TAG, "classified %" PRIu32 ", drops %" PRIu32, task.stats.classify_count,
                 task.stats.queue_drops);
}

void temporal_task_stats(temporal_stats_t *out)
{
    machine_lock();
    *out = task.stats;
    machine_unlock();
    out->queue_depth = task.running ? node_port->queue->depth() : 0;
    out->classify_gap_ms = task.running ? task.gap_ms : 0;
}

void temporal_task_reset_counters(void)
{
    machine_lock();
    memset(&task.stats, 0, sizeof task.stats);
    machine_unlock();
}

#endif
