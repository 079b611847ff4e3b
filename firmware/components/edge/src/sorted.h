// Order statistics of a few numbers.
#pragma once

#include <stdint.h>

// Leaves x in ascending order.
void edge_sort(float *x /*[n]*/, uint32_t n);

// Of n >= 1 numbers, in any order; x is left sorted.
float edge_median(float *x /*[n]*/, uint32_t n);
