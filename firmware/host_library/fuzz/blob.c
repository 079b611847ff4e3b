// Weight blobs. The first byte says whether the length and the CRC are made right.
#include "crc32_ieee.h"
#include "fuzz.h"
#include "ruv_blob.h"

#define LENGTH_AT 0x14u
#define LEAST     (RUV_BLOB_HEADER_LEN + RUV_BLOB_TRAILER_LEN)

static void repair(uint8_t *blob /*[len]*/, size_t len, bool with_length)
{
    if (len < LEAST) {
        return;
    }
    if (with_length) {
        const uint32_t area = (uint32_t)(len - LEAST);
        memcpy(blob + LENGTH_AT, &area, sizeof area);
    }
    const uint32_t crc = crc32_ieee(0, blob, len - RUV_BLOB_TRAILER_LEN);
    memcpy(blob + len - RUV_BLOB_TRAILER_LEN, &crc, sizeof crc);
}

static void check(const ruv_blob_t *blob, const uint8_t *bytes /*[len]*/, size_t len)
{
    REQUIRE(blob->weights >= bytes + RUV_BLOB_HEADER_LEN);
    REQUIRE(blob->weights + blob->weights_len == bytes + len - RUV_BLOB_TRAILER_LEN);
    REQUIRE(blob->n_kv_heads > 0 && blob->n_q_heads % blob->n_kv_heads == 0);
    REQUIRE(blob->n_layers > 0 && blob->n_classes >= 2 && blob->head_dim > 0);
    REQUIRE(blob->input_dim > 0 && blob->dim > 0);
    REQUIRE(blob->stem_taps <= RUV_MAX_TAPS && blob->conv_taps <= RUV_MAX_TAPS);
    REQUIRE(blob->conv_stride >= 1 && blob->conv_stride <= RUV_MAX_TAPS);
    REQUIRE(!blob->max_pooling || blob->pool == RUV_POOL_MEAN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    input_t input = {data, len};
    const uint8_t how = take_u8(&input);
    uint8_t *const bytes = copy_of(input.at, input.left);
    if (how & 1u) {
        repair(bytes, input.left, how & 2u);
    }
    ruv_blob_t blob;
    if (ruv_blob_parse(bytes, input.left, &blob) == ESP_OK) {
        check(&blob, bytes, input.left);
    }
    if (len == 0) {
        REQUIRE(ruv_blob_parse(NULL, 0, &blob) == ESP_ERR_INVALID_ARG);
        REQUIRE(ruv_blob_parse(bytes, 0, NULL) == ESP_ERR_INVALID_ARG);
    }
    free(bytes);
    return 0;
}
