#include "weights_parts.h"

#include "crc32_ieee.h"
#include "node_config.h"

#define TRAILER_BYTES 4u

uint32_t weights_blob_crc(const uint8_t *blob, size_t len)
{
    return crc32_ieee(0, blob, len > TRAILER_BYTES ? len - TRAILER_BYTES : 0u);
}

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include <inttypes.h>
#include <stdio.h>

#include "edge_bin.h"
#include "node_settings.h"
#include "ruv_blob.h"
#include "temporal_task.h"

#define BIN_MS (EDGE_BIN_US / 1000u)

esp_err_t weights_check_blob(const uint8_t *blob, size_t len, weights_shape_t *shape)
{
    ruv_blob_t parsed;
    const esp_err_t err = ruv_blob_parse(blob, len, &parsed);
    if (err) {
        return err;
    }
    if (shape) {
        const bool spectra = parsed.feed.kind == RUV_FEED_SPECTRA;
        *shape = (weights_shape_t){
            .input_dim = parsed.input_dim,
            .n_classes = parsed.n_classes,
            .window_len = parsed.feed.window_len,
            .spectrum_hop = spectra ? parsed.feed.spectrum_hop : 0,
        };
    }
    return ESP_OK;
}

esp_err_t weights_fit_build(const weights_shape_t *shape, weights_why_t *why)
{
    if (shape->input_dim != CONFIG_TEMPORAL_INPUT_DIM || shape->n_classes > TEMPORAL_MAX_CLASSES) {
        (void)snprintf(why->is, sizeof why->is, "is %" PRIu32 " -> %" PRIu32, shape->input_dim,
                       shape->n_classes);
        (void)snprintf(why->fits, sizeof why->fits, "%u -> 2 to %u",
                       (unsigned)CONFIG_TEMPORAL_INPUT_DIM, TEMPORAL_MAX_CLASSES);
        return ESP_ERR_INVALID_ARG;
    }
    if (shape->window_len > CONFIG_TEMPORAL_WINDOW_LEN) {
        (void)snprintf(why->is, sizeof why->is, "wants %" PRIu32 " frames", shape->window_len);
        (void)snprintf(why->fits, sizeof why->fits, "up to %u",
                       (unsigned)CONFIG_TEMPORAL_WINDOW_LEN);
        return ESP_ERR_INVALID_ARG;
    }
    return ESP_OK;
}

static esp_err_t fit_feed(const weights_shape_t *shape, weights_why_t *why)
{
    const bool has_spectra = node_settings()->temporal_feed == TEMPORAL_FEED_SPECTRUM;
    const uint32_t has = has_spectra ? node_settings()->spectrum_hop : 0;
    const uint32_t wants = shape->spectrum_hop;
    if (shape->window_len == 0 || wants == has) {
        return ESP_OK;
    }
    if (wants == 0) {
        (void)snprintf(why->is, sizeof why->is, "wants states");
    } else {
        (void)snprintf(why->is, sizeof why->is, "wants spectra every %" PRIu32 " ms",
                       wants * BIN_MS);
    }
    if (wants == 0 || has == 0) {
        (void)snprintf(why->fits, sizeof why->fits, wants == 0 ? "spectra" : "states");
    } else {
        (void)snprintf(why->fits, sizeof why->fits, "every %" PRIu32 " ms", has * BIN_MS);
    }
    return ESP_ERR_INVALID_STATE;
}

esp_err_t weights_fit(const weights_shape_t *shape, weights_why_t *why)
{
    const esp_err_t err = weights_fit_build(shape, why);
    return err ? err : fit_feed(shape, why);
}

uint32_t weights_window(const weights_shape_t *shape)
{
    return shape->window_len ? shape->window_len : CONFIG_TEMPORAL_WINDOW_LEN;
}

#endif
