// blob_verdicts: what the node's parser says of the blobs on stdin.
//
// In:  u32 length, then so many bytes; a length of UINT32_MAX ends a batch.
// Out: at the end of a batch a verdict_t for each of its blobs. All in this machine's byte order.
//
// Each blob lies in memory that ends with it and begins at another alignment than the one before:
// AddressSanitizer ends the program at the first byte read behind it.
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ruv_blob.h"

#define MAX_BLOB     (1u << 20)
#define ALIGNMENTS   8u
#define END_OF_BATCH UINT32_MAX
#define UNTOUCHED    0xA5

// No error of the parser: it described a blob that it refused.
#define WROTE_THOUGH_REFUSED 0xFFFFFFFFu

// What ruv_blob_t holds, and err; all 0 behind an err.
typedef struct {
    uint32_t err;
    uint32_t dtype, pool;
    uint32_t input_dim, dim, n_q_heads, n_kv_heads, head_dim, n_layers, n_classes, mlp_width;
    uint32_t input_affine;
    uint32_t stem_taps, stem_width;
    uint32_t conv_taps, conv_stride, conv_width, max_pooling;
    uint32_t feed_kind, spectrum_hop, window_len;
    uint32_t weights_at, weights_len, crc32;
} verdict_t;

static verdict_t described(const ruv_blob_t *blob, const uint8_t *bytes)
{
    return (verdict_t){
        .dtype = (uint32_t)blob->dtype,
        .pool = (uint32_t)blob->pool,
        .input_dim = blob->input_dim,
        .dim = blob->dim,
        .n_q_heads = blob->n_q_heads,
        .n_kv_heads = blob->n_kv_heads,
        .head_dim = blob->head_dim,
        .n_layers = blob->n_layers,
        .n_classes = blob->n_classes,
        .mlp_width = blob->mlp_width,
        .input_affine = blob->input_affine,
        .stem_taps = blob->stem_taps,
        .stem_width = blob->stem_width,
        .conv_taps = blob->conv_taps,
        .conv_stride = blob->conv_stride,
        .conv_width = blob->conv_width,
        .max_pooling = blob->max_pooling,
        .feed_kind = (uint32_t)blob->feed.kind,
        .spectrum_hop = blob->feed.spectrum_hop,
        .window_len = blob->feed.window_len,
        .weights_at = (uint32_t)(blob->weights - bytes),
        .weights_len = blob->weights_len,
        .crc32 = blob->crc32,
    };
}

static verdict_t judge(const uint8_t *bytes, size_t len)
{
    ruv_blob_t blob, untouched;
    memset(&blob, UNTOUCHED, sizeof blob);
    memset(&untouched, UNTOUCHED, sizeof untouched);
    const esp_err_t err = ruv_blob_parse(bytes, len, &blob);
    if (err == ESP_OK) {
        return described(&blob, bytes);
    }
    const bool is_kept = memcmp(&blob, &untouched, sizeof blob) == 0;
    return (verdict_t){.err = is_kept ? (uint32_t)err : WROTE_THOUGH_REFUSED};
}

static bool read_all(void *data, size_t len)
{
    return fread(data, 1, len, stdin) == len;
}

int main(void)
{
    static _Alignas(ALIGNMENTS) uint8_t memory[MAX_BLOB + ALIGNMENTS];
    static char written[1u << 16];
    uint32_t len;
    (void)setvbuf(stdout, written, _IOFBF, sizeof written);
    for (size_t number = 0; read_all(&len, sizeof len); number++) {
        if (len == END_OF_BATCH) {
            (void)fflush(stdout);
            continue;
        }
        uint8_t *const bytes = memory + number % ALIGNMENTS;
        if (len > MAX_BLOB || !read_all(bytes, len)) {
            (void)fprintf(stderr, "blob_verdicts: a blob of %u bytes cannot be read\n", len);
            return 2;
        }
        uint8_t *const behind = bytes + len;
        const size_t rest = (size_t)(memory + sizeof memory - behind);
        __asan_poison_memory_region(behind, rest);
        const verdict_t verdict = judge(bytes, len);
        __asan_unpoison_memory_region(behind, rest);
        (void)fwrite(&verdict, sizeof verdict, 1, stdout);
    }
    return 0;
}
