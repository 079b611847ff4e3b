#include "weights_check.h"

#include "crc32_ieee.h"
#include "node_config.h"

#define TRAILER_BYTES 4u

uint32_t weights_blob_crc(const uint8_t *blob, size_t len)
{
    return crc32_ieee(0, blob, len > TRAILER_BYTES ? len - TRAILER_BYTES : 0u);
}

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include "ruv_blob.h"

esp_err_t weights_check_blob(const uint8_t *blob, size_t len, weights_shape_t *shape)
{
    ruv_blob_t parsed;
    const esp_err_t err = ruv_blob_parse(blob, len, &parsed);
    if (err) {
        return err;
    }
    if (shape) {
        *shape = (weights_shape_t){parsed.input_dim, parsed.n_classes};
    }
    return ESP_OK;
}

bool weights_shape_fits(const weights_shape_t *shape)
{
    return shape->input_dim == CONFIG_TEMPORAL_INPUT_DIM &&
           shape->n_classes == CONFIG_TEMPORAL_N_CLASSES;
}

#else

esp_err_t weights_check_blob(const uint8_t *blob, size_t len, weights_shape_t *shape)
{
    (void)blob;
    (void)len;
    if (shape) {
        *shape = (weights_shape_t){0, 0};
    }
    return ESP_OK;
}

bool weights_shape_fits(const weights_shape_t *shape)
{
    (void)shape;
    return true;
}

#endif
