#include <math.h>
#include <string.h>

#include "rhythm_parts.h"

#define SILENT                                                                                     \
    1e-9f // mean power of a transform below which a band is silent: changes of about 1e-6 a sample
#define NONE  1e-6f // power below which there is no noise; that of a band is 1, or 0
#define FLOOR 0.5f  // share of the noise's mean that is added: no band is trusted beyond that

void rhythm_level(float (*transform)[EDGE_BANDS][2], uint32_t n)
{
    for (uint32_t b = 0; b < EDGE_BANDS; b++) {
        float power = 0.0f;
        for (uint32_t r = 0; r < n; r++) {
            const float *x = transform[r][b];
            power += x[0] * x[0] + x[1] * x[1];
        }
        power /= (float)n;
        const float scale = power >= SILENT ? 1.0f / sqrtf(power) : 0.0f;
        for (uint32_t r = 0; r < n; r++) {
            transform[r][b][0] *= scale;
            transform[r][b][1] *= scale;
        }
    }
}

void rhythm_together(float x[EDGE_BANDS][2], float share, float *mean /*[EDGE_BAND_PAIRS]*/)
{
    for (uint32_t i = 0; i < EDGE_BANDS; i++) {
        for (uint32_t j = 0; j <= i; j++) {
            *mean += share * (x[i][0] * x[j][0] + x[i][1] * x[j][1] - *mean);
            mean++;
        }
    }
}

void rhythm_root(const float *noise /*[EDGE_BAND_PAIRS]*/,
                 float (*root)[EDGE_BANDS] /*[EDGE_BANDS]*/)
{
    float trace = 0.0f;
    for (uint32_t i = 0; i < EDGE_BANDS; i++) {
        trace += noise[i * (i + 3u) / 2u];
    }
    if (!(trace >= NONE)) {
        memset(root, 0, EDGE_BANDS * sizeof *root);
        return;
    }
    const float floor_power = FLOOR / (float)EDGE_BANDS * trace;
    for (uint32_t i = 0; i < EDGE_BANDS; i++) { // Cholesky
        for (uint32_t j = 0; j <= i; j++) {
            float sum = *noise++ + (i == j ? floor_power : 0.0f);
            for (uint32_t k = 0; k < j; k++) {
                sum -= root[i][k] * root[j][k];
            }
            root[i][j] = i == j ? sqrtf(sum) : sum / root[j][j];
        }
    }
}

// x = root^-1 x
static void solve(float (*root)[EDGE_BANDS] /*[EDGE_BANDS]*/, float *x, uint32_t step)
{
    for (uint32_t i = 0; i < EDGE_BANDS; i++) {
        float sum = x[i * step];
        for (uint32_t k = 0; k < i; k++) {
            sum -= root[i][k] * x[k * step];
        }
        x[i * step] = sum / root[i][i];
    }
}

float rhythm_strength(float (*root)[EDGE_BANDS] /*[EDGE_BANDS]*/, const float *together)
{
    float m[EDGE_BANDS][EDGE_BANDS];
    for (uint32_t i = 0; i < EDGE_BANDS; i++) {
        for (uint32_t j = 0; j <= i; j++) {
            m[i][j] = m[j][i] = *together++;
        }
    }
    float sum = 0.0f;
    for (uint32_t j = 0; j < EDGE_BANDS; j++) {
        solve(root, &m[0][j], EDGE_BANDS);
    }
    for (uint32_t i = 0; i < EDGE_BANDS; i++) {
        solve(root, m[i], 1u);
        for (uint32_t j = 0; j < EDGE_BANDS; j++) {
            sum += m[i][j] * m[i][j];
        }
    }
    return sqrtf(sum);
}

float rhythm_power(float (*root)[EDGE_BANDS] /*[EDGE_BANDS]*/, float x[EDGE_BANDS][2])
{
    float sum = 0.0f;
    float kept[EDGE_BANDS][2];
    for (uint32_t part = 0; part < 2u; part++) {
        for (uint32_t i = 0; i < EDGE_BANDS; i++) {
            kept[i][part] = x[i][part];
        }
        solve(root, &kept[0][part], 2u);
        for (uint32_t i = 0; i < EDGE_BANDS; i++) {
            sum += kept[i][part] * kept[i][part];
        }
    }
    return sum;
}
