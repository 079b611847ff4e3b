// Functions of the node that a test calls by themselves (HIL_EXPORT): what the edge features
// compute with, the codec of compressed channel state, and what capture decides on a chip. They
// change nothing of the node.
#include <string.h>

#include "csi_codec.h"
#include "csi_layout.h"
#include "edge_arithmetic.h"
#include "hil_export.h"
#include "node_agent_parts.h"
#include "radio_time.h"
#include "ruv_temporal.h"
#include "traffic.h"

// clang-format off
#define EDGE_LOG(IN, OUT, IN_OUT, VALUE) IN_OUT(float, x, n) VALUE(uint32_t, n)
#define EDGE_FFT(IN, OUT, IN_OUT, VALUE) IN(float, z, 128) OUT(float, transform, 128)
#define CODEC_COMPRESS(IN, OUT, IN_OUT, VALUE) \
    IN(uint8_t, prev, n_prev) VALUE(uint32_t, n_prev) IN(uint8_t, now, len) VALUE(uint32_t, len) \
    OUT(uint8_t, out, cap) VALUE(uint32_t, cap) OUT(uint32_t, written, 1)
#define CODEC_EXPAND(IN, OUT, IN_OUT, VALUE) \
    IN(uint8_t, prev, n_prev) VALUE(uint32_t, n_prev) IN(uint8_t, data, n_data) \
    VALUE(uint32_t, n_data) OUT(uint8_t, out, len) VALUE(uint32_t, len)
#define CSI_CARRIERS(IN, OUT, IN_OUT, VALUE) \
    IN(uint16_t, layout, n) IN(uint16_t, n_subcarriers, n) IN(int32_t, iq_at, n) \
    VALUE(uint32_t, n) IN(int8_t, iq, n_iq) VALUE(uint32_t, n_iq) \
    OUT(int32_t, errors, n) OUT(int32_t, found, n_found) VALUE(uint32_t, n_found)
#define LAYOUT_WORDS(IN, OUT, IN_OUT, VALUE) \
    VALUE(uint8_t, secondary) VALUE(uint8_t, signal) VALUE(uint8_t, is_wide) \
    VALUE(uint8_t, is_stbc) VALUE(uint8_t, first_word_invalid) VALUE(uint8_t, kept) \
    VALUE(uint16_t, n_subcarriers) OUT(uint16_t, words, 2)
#define RADIO_TIMES(IN, OUT, IN_OUT, VALUE) \
    IN(uint32_t, stamp, n) IN_OUT(uint64_t, time_us, n) VALUE(uint32_t, n)
#define RECONNECT(IN, OUT, IN_OUT, VALUE) VALUE(uint32_t, failures) VALUE(uint32_t, draw)
#define TRAFFIC_PLAN(IN, OUT, IN_OUT, VALUE) \
    VALUE(uint32_t, hz) VALUE(uint64_t, begin_us) IN(uint8_t, outcome, n) \
    OUT(uint16_t, number, n) OUT(uint64_t, due_us, n) VALUE(uint32_t, n)
#define HEAD_ON_NULL(IN, OUT, IN_OUT, VALUE) OUT(int32_t, errors, 6)
// clang-format on

// ---- edge features ------------------------------------------------------------------------------

static void edge_log(float *x /*[n] becomes the logarithms*/, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        x[i] = edge_logf(x[i]);
    }
}

static void edge_fft(const float *z /*[64, 2] re, im*/, float *transform /*[64, 2]*/)
{
    float placed[EDGE_FFT64][2];
    for (uint32_t t = 0; t < EDGE_FFT64; t++) {
        memcpy(placed[edge_fft64_place(t)], z + 2u * t, sizeof placed[0]);
    }
    edge_fft64(placed);
    memcpy(transform, placed, sizeof placed);
}

HIL_EXPORT(edge_log, EDGE_LOG);
HIL_EXPORT(edge_fft, EDGE_FFT);

// ---- the codec ----------------------------------------------------------------------------------

// n_prev is len, or 0 for a key frame, which has no frame before it.
static esp_err_t codec_compress(const uint8_t *prev /*[n_prev]*/, uint32_t n_prev,
                                const uint8_t *now /*[len]*/, uint32_t len, uint8_t *out /*[cap]*/,
                                uint32_t cap, uint32_t *written)
{
    size_t n = 0;
    if (n_prev != 0 && n_prev != len) {
        return ESP_ERR_INVALID_ARG;
    }
    const esp_err_t err = csi_compress(n_prev ? prev : NULL, now, len, out, cap, &n);
    *written = (uint32_t)n;
    return err;
}

static esp_err_t codec_expand(const uint8_t *prev /*[n_prev]*/, uint32_t n_prev,
                              const uint8_t *data /*[n_data]*/, uint32_t n_data,
                              uint8_t *out /*[len]*/, uint32_t len)
{
    if (n_prev != 0 && n_prev != len) {
        return ESP_ERR_INVALID_ARG;
    }
    return csi_expand(n_prev ? prev : NULL, data, n_data, out, len);
}

HIL_EXPORT_STATUS(codec_compress, CODEC_COMPRESS);
HIL_EXPORT_STATUS(codec_expand, CODEC_EXPAND);

// ---- capture ------------------------------------------------------------------------------------

#define CARRIER_NUMBERS (4u + 3u * CSI_MAX_RUNS)

// Which pair of each of n frames is which carrier. iq_at: where the pairs of a frame begin in iq;
// -1: they are not given. found: CARRIER_NUMBERS for each frame; zeros where it has an error.
static esp_err_t csi_carriers(const uint16_t *layout /*[n]*/, const uint16_t *n_subcarriers /*[n]*/,
                              const int32_t *iq_at /*[n]*/, uint32_t n, const int8_t *iq /*[n_iq]*/,
                              uint32_t n_iq, int32_t *errors /*[n]*/, int32_t *found /*[n_found]*/,
                              uint32_t n_found)
{
    if (n_found / CARRIER_NUMBERS != n) {
        return ESP_ERR_INVALID_SIZE;
    }
    memset(found, 0, n_found * sizeof *found);
    for (uint32_t i = 0; i < n; i++, found += CARRIER_NUMBERS) {
        const int8_t *pairs = iq_at[i] < 0 ? NULL : iq + iq_at[i];
        if (pairs && (uint64_t)iq_at[i] + 2u * n_subcarriers[i] > n_iq) {
            return ESP_ERR_INVALID_SIZE;
        }
        csi_carriers_t told = {0};
        errors[i] = csi_layout_carriers(layout[i], n_subcarriers[i], pairs, &told);
        if (errors[i] == ESP_OK) {
            int32_t *to = found;
            *to++ = told.basis, *to++ = told.row, *to++ = told.again, *to++ = told.n_runs;
            for (uint32_t r = 0; r < told.n_runs; r++) {
                const csi_run_t *run = &told.runs[r];
                *to++ = run->pair, *to++ = run->carrier, *to++ = run->count;
            }
        }
    }
    return ESP_OK;
}

static void layout_words(uint8_t secondary, uint8_t signal, uint8_t is_wide, uint8_t is_stbc,
                         uint8_t first_word_invalid, uint8_t kept, uint16_t n_subcarriers,
                         uint16_t *words /*[2]*/)
{
    const csi_reception_t seen = {.secondary = secondary,
                                  .signal = signal,
                                  .is_wide = is_wide,
                                  .is_stbc = is_stbc,
                                  .first_word_invalid = first_word_invalid,
                                  .kept = kept};
    words[0] = csi_layout_of_reception(&seen); // ESP32, S2, S3, C3
    words[1] = csi_layout_of_length(secondary, n_subcarriers, first_word_invalid); // C5, C61
}

// time_us: when each frame was handed over; becomes when it was received.
static void radio_times(const uint32_t *stamp /*[n]*/, uint64_t *time_us /*[n]*/, uint32_t n)
{
    radio_stamp_t last = {0};
    for (uint32_t i = 0; i < n; i++) {
        time_us[i] = radio_stamp_us(&last, stamp[i], time_us[i]);
    }
}

// Asks n questions, each when it is due. Returns when the next one would be: UINT64_MAX for never.
static uint64_t traffic_plan(uint32_t hz, uint64_t begin_us, const uint8_t *outcome /*[n]*/,
                             uint16_t *number /*[n]*/, uint64_t *due_us /*[n]*/, uint32_t n)
{
    traffic_t traffic;
    traffic_start(&traffic, hz, begin_us);
    memset(number, 0, n * sizeof *number);
    memset(due_us, 0, n * sizeof *due_us);
    for (uint32_t i = 0; i < n && traffic_next_us(&traffic) != UINT64_MAX; i++) {
        due_us[i] = traffic_next_us(&traffic);
        number[i] = traffic_ask(&traffic, due_us[i]);
        if (outcome[i] == HIL_TRAFFIC_NOT_SENT) {
            traffic_not_sent(&traffic, due_us[i]);
        } else if (outcome[i] == HIL_TRAFFIC_ANSWERED) {
            traffic_answered(&traffic, number[i]);
        }
    }
    return traffic_next_us(&traffic);
}

HIL_EXPORT_STATUS(csi_carriers, CSI_CARRIERS);
HIL_EXPORT(layout_words, LAYOUT_WORDS);
HIL_EXPORT(radio_times, RADIO_TIMES);
HIL_EXPORT_RESULT(uint32_t, reconnect_delay_ms, RECONNECT);
HIL_EXPORT_RESULT(uint64_t, traffic_plan, TRAFFIC_PLAN);

// ---- the head -----------------------------------------------------------------------------------

// What each function of the head's interface that can fail returns for null pointers. The last one
// takes none: its own result.
static void head_on_null(int32_t *errors /*[6]*/)
{
    ruv_temporal_ctx_t *ctx = NULL;
    errors[0] = ruv_temporal_init(NULL, 0, 16, 256, 4, &ctx);
    errors[1] = ruv_temporal_init_in(NULL, 0, 16, 256, 4, NULL, 0, &ctx);
    errors[2] = ruv_temporal_required_bytes(NULL, 0, 256, NULL);
    errors[3] = ruv_temporal_push(NULL, NULL);
    errors[4] = ruv_temporal_classify(NULL, NULL, 4);
    errors[5] = ruv_temporal_kernel_self_test();
    ruv_temporal_destroy(ctx);
}

HIL_EXPORT(head_on_null, HEAD_ON_NULL);
