// Compressed channel state: what is compressed comes back, and other bytes are read or refused.
#include "csi_codec.h"

#include "csi_frame.h"
#include "fuzz.h"

#define MOST (2u * CSI_MAX_PAIRS + 3u) // also more than a frame may have

static void there_and_back(const uint8_t *prev, const uint8_t *now, size_t len, size_t cap)
{
    uint8_t *const room = calloc(1, cap > 0 ? cap : 1);
    uint8_t *const back = calloc(1, len > 0 ? len : 1);
    size_t used = 0;
    REQUIRE(room && back);
    const esp_err_t err = csi_compress(prev, now, len, room, cap, &used);
    REQUIRE(used <= cap && (err == ESP_OK) == (used > 0));
    if (err == ESP_OK) {
        REQUIRE(used <= CSI_COMPRESSED_MAX(len));
        uint8_t *const exact = copy_of(room, used);
        REQUIRE(csi_expand(prev, exact, used, back, len) == ESP_OK);
        REQUIRE(memcmp(back, now, len) == 0);
        free(exact);
    } else {
        REQUIRE(len % 2u != 0 || len > 2u * CSI_MAX_PAIRS || cap < CSI_COMPRESSED_MAX(len));
    }
    free(back);
    free(room);
}

// What is read into the frame before is the same as what is read beside it.
static void expand(uint8_t *prev, const uint8_t *data, size_t data_len, size_t len)
{
    uint8_t *const out = calloc(1, len > 0 ? len : 1);
    REQUIRE(out);
    const esp_err_t err = csi_expand(prev, data, data_len, out, len);
    if (prev) {
        REQUIRE(csi_expand(prev, data, data_len, prev, len) == err);
        REQUIRE(err || memcmp(out, prev, len) == 0);
    }
    free(out);
}

static void refuse_nothing(void)
{
    uint8_t byte[2] = {0};
    size_t used;
    REQUIRE(csi_compress(NULL, NULL, 2, byte, 2, &used) == ESP_ERR_INVALID_ARG);
    REQUIRE(csi_compress(NULL, byte, 2, NULL, 2, &used) == ESP_ERR_INVALID_ARG);
    REQUIRE(csi_compress(NULL, byte, 2, byte, 2, NULL) == ESP_ERR_INVALID_ARG);
    REQUIRE(csi_expand(NULL, NULL, 1, byte, 2) == ESP_ERR_INVALID_ARG);
    REQUIRE(csi_expand(NULL, byte, 1, NULL, 2) == ESP_ERR_INVALID_ARG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    input_t input = {data, len};
    const uint8_t how = take_u8(&input);
    const size_t frame_len = take_u16(&input) % MOST;
    const size_t cap = take_u16(&input) % (MOST + 2u);
    uint8_t *const prev = how & 1u ? malloc(frame_len > 0 ? frame_len : 1) : NULL;
    if (prev) {
        take(&input, prev, frame_len);
    }
    if (how & 2u) {
        uint8_t *const now = malloc(frame_len > 0 ? frame_len : 1);
        REQUIRE(now);
        take(&input, now, frame_len);
        there_and_back(prev, now, frame_len, how & 4u ? cap : CSI_COMPRESSED_MAX(frame_len));
        free(now);
    } else {
        uint8_t *const coded = copy_of(input.at, input.left);
        expand(prev, coded, input.left, frame_len);
        free(coded);
    }
    free(prev);
    refuse_nothing();
    return 0;
}
