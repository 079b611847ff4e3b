// Parts of the node over a port and a head that a test drives: time, what a classify costs, who
// holds the lock.
#include <string.h>

#include "node.h"
#include "node_log.h"
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
uint32_t parts_begin_upload(void);

// What the test sets and reads.
uint64_t parts_now_us;
uint64_t parts_classify_us; // what the next classify costs
uint32_t parts_classifies;
uint64_t parts_last_began_us;
char parts_log[4096];
uint64_t parts_granted_ms;

static uint32_t lock_depth;
static uint32_t held_while_sending;
static uint8_t blob[64];

static uint64_t clock_us(void)
{
    return parts_now_us;
}

static void lock(void)
{
    lock_depth++;
}

static void unlock(void)
{
    lock_depth--;
}

static esp_err_t net_send(const void *datagram, size_t len)
{
    (void)datagram;
    (void)len;
    held_while_sending += lock_depth != 0;
    return ESP_OK;
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
    parts_granted_ms = timeout_ms;
}

static node_port_t port = {
    .clock_us = clock_us,
    .cycles = clock_us,
    .uart_write = uart_write,
    .net_send = net_send,
    .watchdog = watchdog,
    .queue = &node_ring_queue,
    .lock = lock,
    .unlock = unlock,
};

const node_port_t *node_port = &port;

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
    return ESP_OK;
}

esp_err_t ruv_temporal_classify(ruv_temporal_ctx_t *head, float *logits, uint32_t n_classes)
{
    (void)head;
    memset(logits, 0, n_classes * sizeof *logits);
    parts_classifies++;
    parts_last_began_us = parts_now_us;
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
    static const node_head_t head = {.state = HEAD_OFF};
    return &head;
}

// ---- what the test calls

void parts_open(void)
{
    (void)temporal_task_stop();
    parts_now_us = 0;
    parts_classifies = 0;
    parts_classify_us = 0;
    parts_log[0] = '\0';
    held_while_sending = 0;
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

uint32_t parts_held_while_sending(void)
{
    packet_sink_send(blob, sizeof blob);
    return held_while_sending;
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
