#include "tile.h"

static void take_near(ruv_tile_t *tile, const ruv_run_t *run, ruv_cursor_t *cursor)
{
    const uint32_t left = run->count - cursor->offset;
    const uint32_t most = left < RUV_NEAR ? left : RUV_NEAR;
    tile->near_first = run->first + cursor->offset;
    tile->near_count = most - most % RUV_TILE;
    cursor->offset += tile->near_count;
}

void ruv_tile_fill(ruv_tile_t *tile, const ruv_run_t *runs, uint32_t n_runs, ruv_cursor_t *cursor)
{
    tile->near_count = 0;
    if (!runs[cursor->run].landmarks) {
        take_near(tile, &runs[cursor->run], cursor);
    }
    ruv_cursor_t at = *cursor; // in registers
    uint32_t count = 0, tokens = 0;
    for (; at.run < n_runs; at.run++, at.offset = 0) {
        const ruv_run_t *run = &runs[at.run];
        for (; at.offset < run->count && count < RUV_FAR; at.offset++) {
            tile->far[count++] = run->first + at.offset;
        }
        if (!run->landmarks) {
            tokens = count;
        }
        if (at.offset < run->count) {
            break;
        }
    }
    tile->far_count = count;
    tile->far_tokens = tokens;
    *cursor = at;
}

bool ruv_tile_takes_all(const ruv_pattern_limits_t *limits)
{
    const uint64_t beyond = limits->window > RUV_NEAR ? limits->window - RUV_NEAR : 0;
    // A window that is no multiple of RUV_TILE leaves some over, a smaller one too.
    const uint64_t rest = beyond < RUV_TILE ? RUV_TILE - 1 : beyond;
    return limits->singles <= RUV_FAR && rest <= RUV_FAR - limits->singles;
}
