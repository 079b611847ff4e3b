#include "edge_parts.h"

void edge_sort(float *x /*[n]*/, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        const float moved = x[i];
        uint32_t j = i;
        for (; j > 0 && x[j - 1u] > moved; j--) {
            x[j] = x[j - 1u];
        }
        x[j] = moved;
    }
}

float edge_median(float *x /*[n]*/, uint32_t n)
{
    edge_sort(x, n);
    return n % 2u ? x[n / 2u] : 0.5f * (x[n / 2u - 1u] + x[n / 2u]);
}
