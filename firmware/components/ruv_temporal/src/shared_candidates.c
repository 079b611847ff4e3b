#include "tile.h"

typedef struct {
    uint32_t first;
    uint32_t end;
} window_t;

static bool add_own(ruv_shared_candidates_t *split, uint32_t token, uint32_t row, bool landmark)
{
    uint32_t *count = &split->own_count[token];
    if (*count == RUV_OWN) {
        return false;
    }
    split->own[token][(*count)++] = (ruv_candidate_t){.row = row, .landmark = landmark};
    return true;
}

static bool add_far(ruv_tile_t *tile, uint32_t row)
{
    if (tile->far_count == RUV_FAR) {
        return false;
    }
    tile->far[tile->far_count++] = row;
    return true;
}

// Lists each token's candidates outside its window as its own, for the next steps to share.
static bool find_singles(ruv_shared_candidates_t *split, const ruv_pattern_t *pattern,
                         const uint32_t *tokens, uint32_t count, ruv_run_t *runs,
                         window_t *windows /*[count]*/)
{
    bool fits = true;
    for (uint32_t b = 0; b < count; b++) {
        split->own_count[b] = 0;
        const uint32_t n_runs = ruv_pattern_runs(pattern, tokens[b], runs);
        windows[b] = (window_t){.first = runs[0].first, .end = runs[0].first + runs[0].count};
        for (uint32_t r = 1; r < n_runs; r++) {
            for (uint32_t j = 0; j < runs[r].count; j++) {
                fits = fits && add_own(split, b, runs[r].first + j, runs[r].landmarks);
            }
        }
    }
    return fits;
}

// The place of a candidate among a token's own; their number when it is not there.
static uint32_t place_of(const ruv_shared_candidates_t *split, uint32_t token,
                         ruv_candidate_t wanted)
{
    const ruv_candidate_t *own = split->own[token];
    uint32_t c = 0;
    while (c < split->own_count[token] &&
           (own[c].row != wanted.row || own[c].landmark != wanted.landmark)) {
        c++;
    }
    return c;
}

static bool all_have(const ruv_shared_candidates_t *split, uint32_t count, ruv_candidate_t wanted)
{
    bool all = true;
    for (uint32_t b = 1; b < count && all; b++) {
        all = place_of(split, b, wanted) < split->own_count[b];
    }
    return all;
}

// Moves what all tokens have, of one kind, into the tile.
static bool share_singles(ruv_shared_candidates_t *split, uint32_t count, bool landmarks)
{
    for (uint32_t c = split->own_count[0]; c-- > 0;) {
        const ruv_candidate_t candidate = split->own[0][c];
        if (candidate.landmark != landmarks || !all_have(split, count, candidate)) {
            continue;
        }
        for (uint32_t b = 0; b < count; b++) {
            const uint32_t place = place_of(split, b, candidate);
            split->own[b][place] = split->own[b][--split->own_count[b]];
        }
        if (!add_far(&split->shared, candidate.row)) {
            return false;
        }
    }
    return true;
}

// Puts the part of the windows that all tokens see into the tile, and the rest with each one's own.
static bool share_windows(ruv_shared_candidates_t *split, uint32_t count, const window_t *windows)
{
    window_t common = windows[0];
    for (uint32_t b = 1; b < count; b++) {
        common.first = windows[b].first > common.first ? windows[b].first : common.first;
        common.end = windows[b].end < common.end ? windows[b].end : common.end;
    }
    if (common.first >= common.end) {
        return false;
    }
    ruv_tile_t *tile = &split->shared;
    const uint32_t length = common.end - common.first;
    const uint32_t most = length < RUV_NEAR ? length : RUV_NEAR;
    tile->near_first = common.first;
    tile->near_count = most - most % RUV_TILE;
    bool fits = length - tile->near_count <= RUV_FAR;
    for (uint32_t row = common.first + tile->near_count; row < common.end && fits; row++) {
        fits = add_far(tile, row);
    }
    for (uint32_t b = 0; b < count && fits; b++) {
        for (uint32_t row = windows[b].first; row < common.first && fits; row++) {
            fits = add_own(split, b, row, false);
        }
        for (uint32_t row = common.end; row < windows[b].end && fits; row++) {
            fits = add_own(split, b, row, false);
        }
    }
    return fits;
}

bool ruv_shared_candidates_find(ruv_shared_candidates_t *split, const ruv_pattern_t *pattern,
                                const uint32_t *tokens, uint32_t count, ruv_run_t *runs)
{
    window_t windows[RUV_LANES] = {{.first = 0}};
    ruv_tile_t *tile = &split->shared;
    tile->far_count = 0;
    if (!find_singles(split, pattern, tokens, count, runs, windows) ||
        !share_windows(split, count, windows) || !share_singles(split, count, false)) {
        return false;
    }
    tile->far_tokens = tile->far_count;
    if (!share_singles(split, count, true)) {
        return false;
    }
    split->most_own = 0;
    for (uint32_t b = 0; b < count; b++) {
        const uint32_t own = split->own_count[b];
        split->most_own = own > split->most_own ? own : split->most_own;
    }
    return tile->near_count + tile->far_count + split->most_own <= RUV_CANDIDATES;
}
