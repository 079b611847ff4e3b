// Known answers, computed on the device itself. The expected attention outputs are those of a
// float64 evaluation of the definition in ruv_attention.h, rounded to float32.

#include <math.h>
#include <stdbool.h>

#include "crc32_ieee.h"
#include "ruv_kv_cache.h"
#include "ruv_numbers.h"
#include "ruv_temporal.h"
#include "self_test.h"

// Small, and yet with two groups of heads, a row that is no multiple of four, log strides and
// landmarks beyond the window.
enum {
    N = 12,
    HQ = 4,
    HKV = 2,
    D = 5,
    CHECKED = 2, // tokens with a known answer
};

static const uint32_t anchor[] = {0};
static const ruv_attention_config_t config = {
    .window = 1,
    .block_size = 2,
    .global_tokens = anchor,
    .n_globals = 1,
    .causal = true,
    .use_log_stride = true,
    .use_landmarks = true,
};
static const uint32_t checked_tokens[CHECKED] = {6, 11};

typedef struct {
    float common;    // when not 0: the last component of every query and key, so that it adds
                     // common² / sqrt(D) to every score
    float tolerance; // 2e-6 of the largest value (2), plus the rounding of scores so large
    float expected[CHECKED][HQ * D];
} known_t;

static const known_t known[] = {
    {.common = 0.0f,
     .tolerance = 4e-6f,
     .expected = {{-0.336469369f, 0.154136716f,   -0.473377023f,  0.137586537f,   0.372378327f,
                   -0.603241256f, 0.43317174f,    -0.504675994f,  1.14034762f,    -0.212888614f,
                   0.634968459f,  -0.0391351798f, -0.0883938163f, -0.0381437833f, 0.131203928f,
                   0.341355234f,  -0.341856222f,  -0.0933389589f, 0.268606842f,   0.0701027521f},
                  {0.062324577f,  -0.546209359f, 0.0696503785f, 0.265004428f,   -0.664749828f,
                   -0.311246074f, -0.581072538f, 0.157369008f,  0.0264051563f,  -0.70816048f,
                   0.538663434f,  0.58947292f,   1.24800525f,   0.192921096f,   -0.300235222f,
                   0.414291475f,  -0.192505487f, 0.868531612f,  0.00102795374f, -0.775400377f}}},
    {.common = 30.0f, // scores around 400: far beyond what exp could take without their maximum
     .tolerance = 2e-4f,
     .expected = {{-0.548557412f, 0.237973199f,  -0.13874705f,   0.278523384f,  0.214499349f,
                   -0.582644566f, 0.440098142f,  -0.468635563f,  1.13151465f,   -0.21776232f,
                   0.37487733f,   0.054853961f,  0.180497571f,   0.0643678574f, 0.194509602f,
                   0.191418857f,  -0.347228735f, 0.00720601086f, 0.167312737f,  0.09877417f},
                  {0.126673639f,  -0.477344833f, 0.0283879962f, 0.137609421f,     -0.694772988f,
                   -0.315262592f, -0.528592038f, 0.119473404f,  -0.0852790864f,   -0.726626812f,
                   0.574101678f,  0.611143563f,  1.25955861f,   0.145266691f,     -0.308654778f,
                   0.416433902f,  -0.186050582f, 0.870249026f,  -0.000446343586f, -0.770052462f}}},
};

static union {
    struct {
        float q[N * HQ * D];
        float k[N * HKV * D];
        float v[N * HKV * D];
        float out[N * HQ * D];
        float stepped[HQ * D];
        double scratch[360]; // what the calls below need with 64-bit pointers
        double cache[202];
    };
    double model[RUV_MODEL_SELF_TEST_BYTES / sizeof(double)];
} work;

static void fill(uint32_t seed, float *values /*[n]*/, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        values[i] = ruv_known_number(&seed);
    }
}

static void fill_case(float common)
{
    fill(1, work.q, N * HQ * D);
    fill(2, work.k, N * HKV * D);
    fill(3, work.v, N * HKV * D);
    for (uint32_t i = D - 1; common != 0.0f && i < N * HQ * D; i += D) {
        work.q[i] = common;
    }
    for (uint32_t i = D - 1; common != 0.0f && i < N * HKV * D; i += D) {
        work.k[i] = common;
    }
}

static bool close(const float *a /*[HQ, D]*/, const float *b /*[HQ, D]*/, float tolerance)
{
    for (uint32_t t = 0; t < HQ * D; t++) {
        if (!(fabsf(a[t] - b[t]) <= tolerance)) { // also refuses NaN
            return false;
        }
    }
    return true;
}

static bool sequence_is_right(const known_t *answer)
{
    const ruv_attention_shape_t shape = {
        .n_tokens = N, .n_q_heads = HQ, .n_kv_heads = HKV, .head_dim = D};
    if (ruv_attention_forward(&config, &shape, work.q, work.k, work.v, work.out, work.scratch,
                              sizeof work.scratch) != ESP_OK) {
        return false;
    }
    for (uint32_t c = 0; c < CHECKED; c++) {
        const float *out = work.out + checked_tokens[c] * (HQ * D);
        if (!close(out, answer->expected[c], answer->tolerance)) {
            return false;
        }
    }
    return true;
}

// One token at a time gives what the whole sequence gave, which is in work.out.
static bool steps_are_right(void)
{
    ruv_kv_cache_t cache;
    if (ruv_kv_cache_init(&cache, N, HKV, D, config.block_size, RUV_DTYPE_F32, work.cache,
                          sizeof work.cache) != ESP_OK) {
        return false;
    }
    for (uint32_t i = 0; i < N; i++) {
        const float *k = work.k + i * (HKV * D), *v = work.v + i * (HKV * D);
        if (ruv_attention_step(&config, HQ, work.q + i * (HQ * D), k, v, &cache, work.stepped,
                               work.scratch, sizeof work.scratch) != ESP_OK ||
            !close(work.stepped, work.out + i * (HQ * D), 1e-6f)) {
            return false;
        }
    }
    return ruv_kv_cache_append(&cache, work.k, work.v) == ESP_ERR_NO_MEM;
}

static bool halves_are_right(void)
{
    return ruv_half_to_float(0x3555u) == 0.333251953125f &&   // the nearest half to 1/3
           ruv_half_to_float(0x8001u) == -0x1p-24f &&         // the smallest subnormal
           ruv_half_from_float(0.3f) == 0x34CDu &&            // rounds up
           ruv_half_from_float(1.0f + 0x1p-11f) == 0x3C00u && // ties go to even, down
           ruv_half_from_float(1.0f + 0x3p-11f) == 0x3C02u && // and up
           ruv_half_from_float(0x1.8p-24f) == 0x0002u &&      // also among subnormals
           ruv_half_from_float(-65520.0f) == 0xFC00u;         // beyond the range
}

static bool exponentials_are_right(void)
{
    return fabsf(ruv_expf(-0.3465f) - 0.707158813f) <= 6e-8f &&           // the largest remainder
           fabsf(ruv_expf(-80.0f) / 1.80485139e-35f - 1.0f) <= 1.2e-7f && //
           fabsf(ruv_expf(-95.0f) / 5.52108228e-42f - 1.0f) <= 1e-4f &&   // subnormal: few digits
           ruv_expf(0.0f) == 1.0f && ruv_expf(-104.0f) == 0.0f;
}

static bool crc_is_right(void)
{
    static const uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
    return crc32_ieee(0, digits, sizeof digits) == 0xCBF43926u; // the CRC's published check value
}

esp_err_t ruv_temporal_kernel_self_test(void)
{
    if (!crc_is_right() || !halves_are_right() || !exponentials_are_right()) {
        return ESP_FAIL;
    }
    for (uint32_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        fill_case(known[i].common);
        if (!sequence_is_right(&known[i]) || !steps_are_right()) {
            return ESP_FAIL;
        }
    }
    return ruv_model_self_test(work.model) ? ESP_OK : ESP_FAIL;
}
