#include <string.h>

#include "room_parts.h"

// Quiet rooms of the recordings have 0.0015 to 0.006, and one far and weak link 0.045.
#define USUAL_LEVEL 0.005f
#define MIN_LEVEL   0.001f // rounding to int8
// If somebody moves while the level is learnt, it is limited to the larger of these: a value that
// no room of its own exceeds, and the part of the jumps that the frames' noise has at least.
#define MAX_UNSTEADY 0.007f
#define MIN_NOISE    0.15f

// The upper over the lower decile of 30 s: 1.1 to 1.6 where nobody moves, above 1.6 (median 2.4)
// where somebody walks.
#define STEADY   1.3f
#define UNSTEADY 1.6f

// The change over the jump from frame to frame: 0.2 to 0.35 for noise of the frames, at any frame
// rate; 0.5 and more for a body, where there are 25 frames a second or more.
#define AS_NOISE 0.35f
#define AS_BODY  0.5f

#define UP_SHARE   (2.0f / 60.0f) // of a block of 2 s: with a time constant of a minute
#define UP_ANYHOW  0.1f           // of that, where it is steady but no noise: a machine
#define DOWN_SHARE (2.0f / 10.0f)

#define MIN_BLOCKS 3u

void edge_baseline_init(edge_baseline_t *baseline)
{
    memset(baseline, 0, sizeof *baseline);
    baseline->level = USUAL_LEVEL;
    baseline->lively = true;
}

void edge_baseline_interrupt(edge_baseline_t *baseline)
{
    const float level = baseline->level;
    edge_baseline_init(baseline);
    baseline->level = level;
}

// `values` of the blocks in ascending order.
static void sorted(const edge_baseline_t *baseline, const float *values /*[n_blocks]*/,
                   float *out /*[EDGE_BLOCKS]*/)
{
    memcpy(out, values, baseline->n_blocks * sizeof *out);
    edge_sort(out, baseline->n_blocks);
}

static float steadiness(const float *sorted /*[n]*/, uint32_t n)
{
    const float low = sorted[n / 10u] + MIN_LEVEL, high = sorted[n - 1u - n / 10u] + MIN_LEVEL;
    return edge_unit((UNSTEADY - high / low) / (UNSTEADY - STEADY));
}

static float middle_jump(const edge_baseline_t *baseline)
{
    float rough[EDGE_BLOCKS];
    sorted(baseline, baseline->rough, rough);
    return rough[baseline->n_blocks / 2u];
}

// 1 where the change is as the frames' own noise makes it, 0 where neighbouring frames go along.
static float noisiness(float change, float jump)
{
    return edge_unit((AS_BODY - change / (jump + MIN_LEVEL)) / (AS_BODY - AS_NOISE));
}

static float at_least(float x, float least)
{
    return x > least ? x : least;
}

float edge_baseline_learn(edge_baseline_t *baseline)
{
    const uint32_t n = baseline->n_blocks;
    if (n < MIN_BLOCKS) {
        return 0.0f;
    }
    float blocks[EDGE_BLOCKS];
    sorted(baseline, baseline->blocks, blocks);
    const float jump = middle_jump(baseline);
    const float steady = steadiness(blocks, n) * noisiness(blocks[n / 2u], jump);
    const float most = at_least(MIN_NOISE * jump, MAX_UNSTEADY);
    const float capped = blocks[n / 4u] < most ? blocks[n / 4u] : most;
    baseline->level = at_least(capped + steady * (blocks[n / 2u] - capped), MIN_LEVEL);
    return steady;
}

// The level falls whenever it is quieter. It rises only where the change is steady, and more slowly
// where the change is not noise.
static void follow_blocks(edge_baseline_t *baseline)
{
    float blocks[EDGE_BLOCKS];
    sorted(baseline, baseline->blocks, blocks);
    const float middle = blocks[EDGE_BLOCKS / 2u];
    const float sure = UP_ANYHOW + (1.0f - UP_ANYHOW) * noisiness(middle, middle_jump(baseline));
    const float up = UP_SHARE * (steadiness(blocks, EDGE_BLOCKS) * sure);
    const float off = middle - baseline->level;
    const float share = off > 0.0f ? up : DOWN_SHARE;
    baseline->level = at_least(baseline->level + share * off, MIN_LEVEL);
}

static void complete_block(edge_baseline_t *baseline)
{
    const float jumps = baseline->jumps > 0 ? (float)baseline->jumps : 1.0f;
    baseline->blocks[baseline->next] = baseline->sum / (float)EDGE_BLOCK_TICKS;
    baseline->rough[baseline->next] = baseline->jump_sum / jumps;
    baseline->next = (baseline->next + 1u) % EDGE_BLOCKS;
    baseline->n_blocks += baseline->n_blocks < EDGE_BLOCKS;
}

static void begin_block(edge_baseline_t *baseline)
{
    baseline->sum = baseline->jump_sum = 0.0f;
    baseline->ticks = baseline->jumps = 0;
    baseline->lively = true;
}

void edge_baseline_tick(edge_baseline_t *baseline, const edge_movement_t *movement, bool follow)
{
    baseline->sum += movement->tick;
    baseline->jump_sum += movement->jump_sum;
    baseline->jumps += movement->jumps;
    baseline->lively = baseline->lively && movement->lively;
    if (++baseline->ticks < EDGE_BLOCK_TICKS) {
        return;
    }
    if (baseline->lively) {
        complete_block(baseline);
        if (follow && baseline->n_blocks == EDGE_BLOCKS) {
            follow_blocks(baseline);
        }
    }
    begin_block(baseline);
}
