// Parts of the node over a port and a head that a test drives: time, what a
// classify costs, who holds the lock.
#include <string.h>

#include "machine_log.h"
#include "machine_port.h"
#include "node.h"
#include "packet_encode.h"
#include "packet_sink.h"
#include "ruv_blob.h"
#include "ruv_temporal.h"
#include "temporal_task.h"
#include "weights_store.h"

#define INPUT_DIM 16u
#define N_CLASSES 4u

// What the test calls.
void parts_open(void);
void parts_run_until(uint64_t ms);
uint32_t parts_held_while_sending(void);
uint32_t parts_mirrored_after_its_end(void);
uint32_t parts_mirrored_without_lock(void);
void parts_send(uint32_t count, bool with_mirror);
uint32_t parts_begin_upload(void);
void parts_push(uint32_t frames);
uint32_t parts_written_without_lock(void);
bool parts_read_in_one_piece(void);

// What the test sets and reads.
uint64_t parts_now_us;
uint64_t parts_classify_us; // what the next classify costs
uint32_t parts_classifies;
char parts_log[4096];
uint32_t parts_granted_ms; // by the watchdog to the last classify
uint32_t parts_net_refuses;

static uint32_t granted_ms;
static uint32_t lock_depth;
static void (*meanwhile)(void); // what another thread does before this one gets the lock
static bool watching;
static temporal_stats_t seen; // when the lock was last let go
static uint32_t written_without_lock;
static uint32_t held_while_sending;
static uint32_t mirrored;
static uint32_t mirrored_without_lock;
static uint8_t blob[64];

static uint64_t clock_us(void)
{
    return parts_now_us;
}

static void look(void)
{
    temporal_stats_t now;
    temporal_task_stats(&now);
    written_without_lock += now.push_cycles != seen.push_cycles ||
                            now.classify_cycles != seen.classify_cycles ||
                            now.classify_cycles_max != seen.classify_cycles_max;
}

static void lock(void)
{
    if (lock_depth == 0 && meanwhile) {
        void (*const other)(void) = meanwhile;
        meanwhile = NULL;
        other();
    }
    lock_depth++;
    if (lock_depth == 1 && watching) {
        look();
    }
}

static void unlock(void)
{
    if (lock_depth == 1 && watching) {
        temporal_task_stats(&seen);
    }
    lock_depth--;
}

static esp_err_t net_send(const void *datagram, size_t len)
{
    (void)datagram;
    (void)len;
    held_while_sending += lock_depth != 0;
    return parts_net_refuses ? ESP_FAIL : ESP_OK;
}

static void uart_write(const void *data, size_t len)
{
    const size_t used = strlen(parts_log);
    if (used + len < sizeof parts_log) {
        memcpy(parts_log + used, data, len);
        parts_log[used + len] = '\0';
    }
}

static void watchdog(uint32_t timeout_ms)
{
    granted_ms = timeout_ms;
}

static machine_heap_t heap(void)
{
    return (machine_heap_t){0};
}

static uint32_t stack_free(void)
{
    return 0;
}

static uint32_t overruns(void)
{
    return 0;
}

static const volatile uint8_t sha256[MACHINE_SHA256_BYTES];

static const machine_port_t machine = {
    .clock_us = clock_us,
    .cycles = clock_us,
    .uart_write = uart_write,
    .watchdog = watchdog,
    .target = "parts",
    .chip = "none",
    .version = "1",
    .idf_version = "",
    .elf_sha256 = sha256,
    .heap = heap,
    .stack_free = stack_free,
    .uart_overruns = overruns,
    .lock = lock,
    .unlock = unlock,
};

const machine_port_t *machine_port = &machine;

static const node_port_t port = {.net_send = net_send, .queue = &node_ring_queue};

// ---- the head, and what else the parts ask for

struct ruv_temporal_ctx {
    uint32_t frames;
};

static ruv_temporal_ctx_t ctx;

esp_err_t ruv_temporal_kernel_self_test(void)
{
    return ESP_OK;
}

esp_err_t ruv_temporal_init(const uint8_t *weights, size_t weights_len, uint32_t input_dim,
                            uint32_t window_len, uint32_t n_classes, ruv_temporal_ctx_t **out_ctx)
{
    (void)weights, (void)weights_len, (void)input_dim, (void)window_len, (void)n_classes;
    *out_ctx = &ctx;
    return ESP_OK;
}

esp_err_t ruv_temporal_push(ruv_temporal_ctx_t *head, const float *frame)
{
    (void)frame;
    head->frames++;
    parts_now_us += head->frames; // another cost each time
    return ESP_OK;
}

esp_err_t ruv_temporal_classify(ruv_temporal_ctx_t *head, float *logits, uint32_t n_classes)
{
    (void)head;
    memset(logits, 0, n_classes * sizeof *logits);
    parts_classifies++;
    parts_granted_ms = granted_ms;
    parts_now_us += parts_classify_us;
    return ESP_OK;
}

void ruv_temporal_reset(ruv_temporal_ctx_t *head)
{
    head->frames = 0;
}

uint32_t ruv_temporal_frames(const ruv_temporal_ctx_t *head)
{
    return head->frames;
}

void ruv_temporal_destroy(ruv_temporal_ctx_t *head)
{
    (void)head;
}

esp_err_t ruv_blob_parse(const uint8_t *bytes, size_t len, ruv_blob_t *out)
{
    (void)bytes, (void)len, (void)out;
    return ESP_ERR_INVALID_SIZE;
}

void packet_encode_temporal(const float *logits, uint32_t n_classes, uint64_t ts_us, uint32_t seq,
                            packet_temporal_classification_t *out)
{
    (void)logits, (void)n_classes, (void)ts_us, (void)seq;
    memset(out, 0, sizeof *out);
}

const node_head_t *node_head(void)
{
    static const node_head_t head = {.state = HEAD_ON, .reason = "weights from the image"};
    return &head;
}

// ---- what the test calls

void parts_open(void)
{
    node_port = &port;
    (void)temporal_task_stop();
    parts_now_us = 0;
    parts_classifies = 0;
    parts_classify_us = 0;
    parts_log[0] = '\0';
    held_while_sending = 0;
    ctx.frames = 0;
    temporal_task_use_weights(blob, sizeof blob);
    (void)temporal_task_start(INPUT_DIM, 256, N_CLASSES);
}

// A main loop that looks every 10 ms.
void parts_run_until(uint64_t ms)
{
    while (parts_now_us < ms * 1000u) {
        temporal_task_run_due();
        parts_now_us += 10000u;
    }
}

void parts_push(uint32_t frames)
{
    static const float frame[INPUT_DIM];
    while (frames-- > 0) {
        (void)temporal_task_push_frame(frame, INPUT_DIM);
        temporal_task_run_due();
    }
}

uint32_t parts_held_while_sending(void)
{
    packet_sink_send(blob, sizeof blob);
    return held_while_sending;
}

static bool mirror(const void *packet, size_t len)
{
    (void)packet, (void)len;
    mirrored++;
    mirrored_without_lock += lock_depth == 0;
    return true;
}

static void end_mirror(void)
{
    packet_sink_mirror(NULL);
}

// The lock is asked for by a packet, and somebody else, who has it, turns the
// mirror off.
uint32_t parts_mirrored_after_its_end(void)
{
    mirrored = 0;
    packet_sink_mirror(mirror);
    meanwhile = end_mirror;
    packet_sink_send(blob, sizeof blob);
    return mirrored;
}

uint32_t parts_mirrored_without_lock(void)
{
    mirrored = 0;
    mirrored_without_lock = 0;
    packet_sink_mirror(mirror);
    packet_sink_send(blob, sizeof blob);
    packet_sink_mirror(NULL);
    return mirrored == 1 ? mirrored_without_lock : UINT32_MAX;
}

// How often a 64-bit figure was another when the lock was taken than when it
// was let go.
uint32_t parts_written_without_lock(void)
{
    written_without_lock = 0;
    temporal_task_stats(&seen);
    watching = true;
    for (uint32_t ms = 1; ms < 5; ms++) {
        parts_classify_us = ms * 1000u;
        parts_push(1);
        parts_run_until(parts_now_us / 1000u + 1000u);
    }
    machine_lock();
    machine_unlock();
    temporal_task_reset_counters();
    machine_lock();
    machine_unlock();
    watching = false;
    return written_without_lock;
}

static void classify_dearer(void)
{
    parts_classify_us += 5000u;
    parts_run_until(parts_now_us / 1000u + 1000u);
}

// Somebody else, who has the lock, writes what is asked for: all of it is read
// afterwards.
bool parts_read_in_one_piece(void)
{
    temporal_stats_t read;
    temporal_stats_t now;
    meanwhile = classify_dearer;
    temporal_task_stats(&read);
    temporal_task_stats(&now);
    return !meanwhile && memcmp(&read, &now, sizeof read) == 0;
}

void parts_send(uint32_t count, bool with_mirror)
{
    packet_sink_mirror(with_mirror ? mirror : NULL);
    for (uint32_t i = 0; i < count; i++) {
        packet_sink_send(blob, sizeof blob);
    }
}

// On a node without a weights partition.
uint32_t parts_begin_upload(void)
{
    char detail[WEIGHTS_DETAIL] = "";
    uint32_t resume = 0;
    uint8_t slot = 0;
    const esp_err_t err = weights_upload_begin(0, 0, false, &resume, &slot, detail);
    uart_write(detail, strlen(detail));
    return (uint32_t)err;
}
