#include <stdbool.h>

#include "bits.h"
#include "crc32_ieee.h"
#include "ruv_blob.h"

#define FLAG_F16          0x01u
#define FLAG_MEAN         0x02u
#define FLAG_INPUT_AFFINE 0x04u
#define FLAG_MLP          0x08u
#define FLAG_FEED         0x10u
#define FLAG_STEM         0x20u
#define FLAG_CONV         0x40u
#define FLAGS_PLAIN       (FLAG_F16 | FLAG_MEAN)
#define FLAGS_KNOWN       (FLAGS_PLAIN | FLAG_INPUT_AFFINE | FLAG_MLP | FLAG_FEED | FLAG_STEM | FLAG_CONV)

#define STEM_LEN     4u
#define CONV_LEN     4u
#define FEED_LEN     8u
#define FEED_SPECTRA 1u // states are 0

static void read_fields(const uint8_t *bytes /*[len >= 28]*/, ruv_blob_t *blob)
{
    const uint8_t flags = bytes[0x06];
    *blob = (ruv_blob_t){
        .dtype = (flags & FLAG_F16) != 0 ? RUV_DTYPE_F16 : RUV_DTYPE_F32,
        .pool = (flags & FLAG_MEAN) != 0 ? RUV_POOL_MEAN : RUV_POOL_LAST,
        .input_dim = ruv_load_u16(bytes + 0x08),
        .dim = ruv_load_u16(bytes + 0x08),
        .n_q_heads = ruv_load_u16(bytes + 0x0A),
        .n_kv_heads = ruv_load_u16(bytes + 0x0C),
        .head_dim = ruv_load_u16(bytes + 0x0E),
        .n_layers = ruv_load_u16(bytes + 0x10),
        .n_classes = ruv_load_u16(bytes + 0x12),
        .mlp_width = (flags & FLAG_MLP) != 0 ? bytes[0x07] : 0,
        .input_affine = (flags & FLAG_INPUT_AFFINE) != 0,
        .conv_stride = 1,
        .weights = bytes + RUV_BLOB_HEADER_LEN,
        .weights_len = ruv_load_u32(bytes + 0x14),
    };
}

// Whether weights_len is what the other fields imply. The product of all of them may exceed 64
// bits, so the length is divided instead.
static bool weights_match_shape(const ruv_blob_t *blob)
{
    const uint32_t item = blob->dtype == RUV_DTYPE_F16 ? 2u : 4u;
    const uint64_t heads = 2u * ((uint64_t)blob->n_q_heads + blob->n_kv_heads); // Wq, Wo; Wk, Wv
    const uint64_t frame = blob->input_dim, dim = blob->dim, hidden = blob->mlp_width;
    const uint64_t mlp = hidden != 0 ? (2 * dim + 1) * hidden + dim : 0; // W1, W2, b1; b2
    const uint64_t layer = heads * blob->head_dim * dim + mlp;           // < 2^51
    const uint64_t taps = blob->stem_taps, width = blob->stem_width;
    const uint64_t stem = taps != 0 ? (taps * dim + dim + 1) * width + dim : 0;
    const uint64_t conv = (blob->conv_taps * frame + 1) * blob->conv_width; // 0 without one
    const uint64_t pooled = blob->max_pooling ? 2 * dim : dim;
    const uint64_t before = (blob->input_affine ? 2 * frame : 0) + conv + stem;
    const uint64_t once = before + pooled * blob->n_classes;
    const uint64_t total = blob->weights_len / item;

    return blob->weights_len % item == 0 && total > once && (total - once) % layer == 0 &&
           (total - once) / layer == blob->n_layers;
}

// A plain blob was never asked what the byte of mlp_width holds.
static bool mlp_width_is_valid(const uint8_t *bytes /*[28]*/)
{
    const uint8_t flags = bytes[0x06], width = bytes[0x07];
    return (flags & ~FLAGS_PLAIN) == 0 || (width != 0) == ((flags & FLAG_MLP) != 0);
}

// Takes bytes off the front of the weights; NULL: there are not as many.
static const uint8_t *take(ruv_blob_t *blob, uint32_t len)
{
    const uint8_t *bytes = blob->weights;
    if (blob->weights_len < len) {
        return NULL;
    }
    blob->weights += len;
    blob->weights_len -= len;
    return bytes;
}

// Takes the feed. False: it is missing, or is none.
static bool take_feed(ruv_blob_t *blob)
{
    const uint8_t *bytes = take(blob, FEED_LEN);
    if (bytes == NULL || bytes[0] > FEED_SPECTRA || ruv_load_u32(bytes + 4) != 0) {
        return false;
    }
    blob->feed = (ruv_feed_t){
        .kind = bytes[0] == FEED_SPECTRA ? RUV_FEED_SPECTRA : RUV_FEED_STATES,
        .spectrum_hop = bytes[1],
        .window_len = ruv_load_u16(bytes + 2),
    };
    return blob->feed.window_len != 0 && (bytes[0] != FEED_SPECTRA || bytes[1] != 0);
}

// Takes the size of the stem, as above.
static bool take_stem(ruv_blob_t *blob)
{
    const uint8_t *bytes = take(blob, STEM_LEN);
    if (bytes == NULL || ruv_load_u16(bytes + 2) != 0) {
        return false;
    }
    blob->stem_taps = bytes[0];
    blob->stem_width = bytes[1];
    return blob->stem_taps != 0 && blob->stem_taps <= RUV_MAX_TAPS && blob->stem_width != 0;
}

// Takes the size of the convolution, as above.
static bool take_conv(ruv_blob_t *blob)
{
    const uint8_t *bytes = take(blob, CONV_LEN);
    if (bytes == NULL || bytes[3] > (blob->pool == RUV_POOL_MEAN ? 1 : 0)) {
        return false;
    }
    blob->conv_taps = bytes[0];
    blob->conv_stride = bytes[1];
    blob->conv_width = blob->dim = bytes[2];
    blob->max_pooling = bytes[3] != 0;
    return blob->conv_taps != 0 && blob->conv_taps <= RUV_MAX_TAPS && blob->conv_stride != 0 &&
           blob->conv_stride <= RUV_MAX_TAPS && blob->conv_width != 0;
}

static bool take_descriptors(const uint8_t *bytes /*[28]*/, ruv_blob_t *blob)
{
    const uint8_t flags = bytes[0x06];
    return ((flags & FLAG_FEED) == 0 || take_feed(blob)) &&
           ((flags & FLAG_STEM) == 0 || take_stem(blob)) &&
           ((flags & FLAG_CONV) == 0 || take_conv(blob));
}

static bool shape_is_valid(const ruv_blob_t *blob)
{
    return blob->input_dim != 0 && blob->n_q_heads != 0 && blob->n_kv_heads != 0 &&
           blob->head_dim != 0 && blob->n_q_heads % blob->n_kv_heads == 0 && blob->n_layers != 0 &&
           blob->n_classes >= 2 && weights_match_shape(blob);
}

esp_err_t ruv_blob_parse(const uint8_t *bytes, size_t len, ruv_blob_t *out)
{
    if (bytes == NULL || out == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (len < RUV_BLOB_HEADER_LEN + RUV_BLOB_TRAILER_LEN) {
        return ESP_ERR_INVALID_SIZE;
    }
    if (ruv_load_u32(bytes) != RUV_BLOB_MAGIC) {
        return ESP_ERR_INVALID_ARG;
    }
    if (ruv_load_u16(bytes + 0x04) != RUV_BLOB_VERSION) {
        return ESP_ERR_INVALID_VERSION;
    }
    ruv_blob_t blob;
    read_fields(bytes, &blob);
    if (len - RUV_BLOB_HEADER_LEN - RUV_BLOB_TRAILER_LEN != blob.weights_len) {
        return ESP_ERR_INVALID_SIZE;
    }
    blob.crc32 = ruv_load_u32(bytes + len - RUV_BLOB_TRAILER_LEN);
    if (crc32_ieee(0, bytes, len - RUV_BLOB_TRAILER_LEN) != blob.crc32) {
        return ESP_ERR_INVALID_CRC;
    }
    if ((bytes[0x06] & ~FLAGS_KNOWN) != 0) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (!mlp_width_is_valid(bytes) || !take_descriptors(bytes, &blob) || !shape_is_valid(&blob)) {
        return ESP_ERR_INVALID_SIZE;
    }
    *out = blob;
    return ESP_OK;
}
