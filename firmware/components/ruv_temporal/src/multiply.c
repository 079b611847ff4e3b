#include "multiply.h"

#include <string.h>

#include "vector.h"

// The products of element r of every lane's x with `columns` elements of row r.
RUV_INLINE void multiply_row(uint32_t lanes, uint32_t columns, bool first, const float *const *x,
                             size_t r, const float *w, float sum[RUV_WIDE][RUV_LANES])
{
    const float *lane[RUV_LANES];
    const void *at[RUV_WIDE];
    RUV_EACH(l, lanes) {
        lane[l] = x[l] + r;
    }
    RUV_EACH(k, columns) {
        at[k] = w + k;
    }
    ruv_multiply_tile(lanes, columns, false, first, lane, at, sum);
}

RUV_INLINE const float *multiply_steps(uint32_t lanes, uint32_t columns, bool first,
                                       const float *const *x, size_t r, const float *w,
                                       size_t stride, float sum[RUV_WIDE][RUV_LANES])
{
    const float *at[RUV_LANES];
    RUV_EACH(l, lanes) {
        at[l] = x[l] + r;
        RUV_ONE_ADDRESS(at[l]);
    }
    RUV_UNROLL for (uint32_t step = 0; step < RUV_STEPS; step++, w += stride)
    {
        RUV_ONE_ADDRESS(w);
        multiply_row(lanes, columns, first && step == 0, at, step, w, sum);
    }
    return w;
}

// Columns c … c+columns of y.
RUV_INLINE void multiply_columns(uint32_t lanes, uint32_t columns, bool add,
                                 const ruv_batch_t *batch, const float *w, uint32_t rows,
                                 size_t stride, size_t c)
{
    float sum[RUV_WIDE][RUV_LANES];
    const float *x[RUV_LANES];
    RUV_EACH(l, lanes) {
        x[l] = batch->x[l];
        RUV_EACH(k, columns) {
            sum[k][l] = add ? batch->y[l][c + k] : 0.0f; // 0 is used only where there are few rows
        }
    }
    w += c;
    size_t r = 0;
    if (rows >= RUV_STEPS) {
        w = multiply_steps(lanes, columns, !add, x, r, w, stride, sum);
        r = RUV_STEPS;
    }
    for (; r + RUV_STEPS <= rows; r += RUV_STEPS) {
        w = multiply_steps(lanes, columns, false, x, r, w, stride, sum);
    }
    for (; r < rows; r++, w += stride) {
        multiply_row(lanes, columns, false, x, r, w, sum);
    }
    RUV_EACH(l, lanes) {
        RUV_EACH(k, columns) {
            batch->y[l][c + k] = sum[k][l];
        }
    }
}

RUV_INLINE void multiply_lanes(uint32_t lanes, const ruv_batch_t *batch, const float *w,
                               uint32_t rows, uint32_t columns, bool add)
{
    size_t c = 0;
    while (c + RUV_TILE <= columns) {
        if (ruv_wide_next(columns - c)) {
            multiply_columns(lanes, RUV_WIDE, add, batch, w, rows, columns, c);
            c += RUV_WIDE;
        } else {
            multiply_columns(lanes, RUV_TILE, add, batch, w, rows, columns, c);
            c += RUV_TILE;
        }
    }
    for (; c < columns; c++) {
        multiply_columns(lanes, 1, add, batch, w, rows, columns, c);
    }
}

void ruv_multiply(const ruv_batch_t *batch, const float *w, uint32_t rows, uint32_t columns,
                  bool add)
{
    if (batch->count == 1) {
        add ? multiply_lanes(1, batch, w, rows, columns, true)
            : multiply_lanes(1, batch, w, rows, columns, false);
    } else {
        add ? multiply_lanes(RUV_LANES, batch, w, rows, columns, true)
            : multiply_lanes(RUV_LANES, batch, w, rows, columns, false);
    }
}

void ruv_multiply_plain(const ruv_batch_t *batch, const float *w, uint32_t rows, uint32_t columns,
                        bool add)
{
    for (uint32_t l = 0; l < batch->count; l++) {
        if (!add) {
            memset(batch->y[l], 0, columns * sizeof *batch->y[l]);
        }
        for (size_t r = 0; r < rows; r++) {
            ruv_add_scaled(batch->y[l], batch->x[l][r], w + r * columns, columns);
        }
    }
}
