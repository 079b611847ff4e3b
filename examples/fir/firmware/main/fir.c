#include "fir.h"

#include "hil_export.h"

void fir_f32(const float *x, uint32_t n, const float *taps, uint32_t n_taps, float *y)
{
    for (uint32_t i = 0; i < n; i++) {
        float sum = 0.0f;
        for (uint32_t k = 0; k < n_taps && k <= i; k++) {
            sum += taps[k] * x[i - k];
        }
        y[i] = sum;
    }
}

void fir_q15(const int16_t *x, uint32_t n, const int16_t *taps, uint32_t n_taps, int16_t *y)
{
    for (uint32_t i = 0; i < n; i++) {
        int64_t sum = 1 << 14;
        for (uint32_t k = 0; k < n_taps && k <= i; k++) {
            sum += taps[k] * x[i - k];
        }
        sum >>= 15;
        y[i] = (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
    }
}

#define FIR_F32(IN, OUT, IN_OUT, VALUE)                                                            \
    IN(float, x, n)                                                                                \
    VALUE(uint32_t, n) IN(float, taps, n_taps) VALUE(uint32_t, n_taps) OUT(float, y, n)
HIL_EXPORT(fir_f32, FIR_F32);

#define FIR_Q15(IN, OUT, IN_OUT, VALUE)                                                            \
    IN(int16_t, x, n)                                                                              \
    VALUE(uint32_t, n) IN(int16_t, taps, n_taps) VALUE(uint32_t, n_taps) OUT(int16_t, y, n)
HIL_EXPORT(fir_q15, FIR_Q15);
