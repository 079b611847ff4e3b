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
    tile->far_count = 0;
    tile->far_tokens = 0;
    if (!runs[cursor->run].landmarks) {
        take_near(tile, &runs[cursor->run], cursor);
    }
    while (cursor->run < n_runs) {
        const ruv_run_t *run = &runs[cursor->run];
        const uint32_t left = run->count - cursor->offset;
        const uint32_t room = RUV_FAR - tile->far_count;
        const uint32_t taken = left < room ? left : room;
        for (uint32_t j = 0; j < taken; j++) {
            tile->far[tile->far_count++] = run->first + cursor->offset++;
        }
        if (!run->landmarks) {
            tile->far_tokens = tile->far_count;
        }
        if (taken < left) {
            return;
        }
        *cursor = (ruv_cursor_t){.run = cursor->run + 1};
    }
}

bool ruv_tile_takes_all(const ruv_pattern_limits_t *limits)
{
    const uint64_t beyond = limits->window > RUV_NEAR ? limits->window - RUV_NEAR : 0;
    const uint64_t rest = beyond < RUV_TILE ? RUV_TILE - 1 : beyond; // also of a smaller window
    return limits->singles <= RUV_FAR && rest <= RUV_FAR - limits->singles;
}
