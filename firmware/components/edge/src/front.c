#include <math.h>
#include <string.h>

#include "edge_parts.h"

#define MIN_COUNTS   1.0f     // mean amplitude of a frame that has a signal
#define BACKWARDS_US 1000000u // a frame that is older than this: the clock was set back
#define COHERENCE_US 1000000u // time constant of the running mean
#define HALF         (EDGE_SLOTS / 2u)

// ---- looking at a frame -------------------------------------------------------------------------

static bool same_link(const edge_front_t *front, const csi_frame_t *frame)
{
    return front->linked && front->channel == frame->channel &&
           memcmp(front->mac, frame->mac, sizeof front->mac) == 0;
}

// A carrier's slot, where carriers lie within half of `span` to both sides: neighbours share one
// where there are more carriers than slots.
static uint32_t slot_of(int32_t carrier, int32_t span)
{
    return (uint32_t)((carrier + span / 2) * (int32_t)EDGE_SLOTS / span);
}

static int32_t span_of(const csi_carriers_t *carriers)
{
    int32_t span = EDGE_SLOTS;
    for (uint32_t r = 0; r < carriers->n_runs; r++) {
        const int32_t first = carriers->runs[r].carrier;
        const int32_t last = first + carriers->runs[r].count - 1;
        while (first < -span / 2 || last >= span / 2) {
            span *= 2;
        }
    }
    return span;
}

static float root_at(const int8_t *iq /*[pairs][2]*/, uint32_t pair)
{
    const int32_t im = iq[2u * pair];
    const int32_t re = iq[2u * pair + 1u];
    return sqrtf((float)(re * re + im * im));
}

static void take_runs(const csi_carriers_t *carriers, const int8_t *iq /*[pairs][2]*/,
                      front_frame_t *out)
{
    uint8_t count[EDGE_SLOTS] = {0};
    const int32_t span = span_of(carriers);
    for (uint32_t r = 0; r < carriers->n_runs; r++) {
        const csi_run_t *run = &carriers->runs[r];
        for (uint32_t i = 0; i < run->count; i++) {
            const uint32_t slot = slot_of(run->carrier + (int32_t)i, span);
            const uint32_t pair = run->pair + i;
            if (count[slot]++ == 0) {
                out->z[slot][0] = iq[2u * pair + 1u];
                out->z[slot][1] = iq[2u * pair];
            }
            const float again = carriers->again > 0 ? root_at(iq, pair + carriers->again) : 0.0f;
            out->amp[slot] += root_at(iq, pair) + again;
        }
    }
    for (uint32_t s = 0; s < EDGE_SLOTS; s++) {
        if (count[s] > 1u) {
            out->amp[s] /= (float)count[s];
        }
        out->mask |= out->amp[s] > 0.0f ? (uint64_t)1 << s : 0u;
    }
}

static float mean_amplitude(const front_frame_t *frame, uint32_t used)
{
    float sum = 0.0f;
    for (uint32_t s = 0; s < EDGE_SLOTS; s++) {
        sum += frame->amp[s];
    }
    return used > 0 ? sum / (float)used : 0.0f;
}

static front_verdict_t judge_time(const edge_front_t *front, uint64_t ts_us, uint32_t *changes)
{
    if (!front->begun) {
        return FRONT_USED;
    }
    if (ts_us == front->last_ts_us) {
        return FRONT_DUPLICATE;
    }
    if (ts_us + BACKWARDS_US < front->last_ts_us || ts_us > front->last_ts_us + EDGE_SILENCE_US) {
        *changes |= FRONT_GAP;
        return FRONT_USED;
    }
    return ts_us / EDGE_BIN_US < front->open ? FRONT_LATE : FRONT_USED;
}

front_verdict_t edge_front_look(const edge_front_t *front, const csi_frame_t *frame,
                                const csi_carriers_t *carriers, front_frame_t *out,
                                uint32_t *changes)
{
    memset(out, 0, sizeof *out);
    out->ts_us = frame->ts_us;
    *changes = carriers->row == CSI_ROW_NONE ? FRONT_PLAIN : 0u;
    take_runs(carriers, frame->iq, out);
    if (!same_link(front, frame)) {
        *changes |= FRONT_RELINK;
        const bool faint = mean_amplitude(out, edge_count(out->mask)) < MIN_COUNTS;
        return faint ? FRONT_FAINT : FRONT_USED;
    }
    const front_verdict_t in_time = judge_time(front, frame->ts_us, changes);
    if (in_time != FRONT_USED) {
        return in_time;
    }
    if (mean_amplitude(out, edge_count(front->mask | out->mask)) < MIN_COUNTS) {
        return FRONT_FAINT;
    }
    if (carriers->basis != front->basis) {
        if (frame->ts_us - front->basis_ts_us <= EDGE_SILENCE_US &&
            frame->ts_us >= front->basis_ts_us) {
            return FRONT_OTHER_BASIS;
        }
        *changes |= FRONT_RELINK;
    }
    return FRONT_USED;
}

// ---- the link -----------------------------------------------------------------------------------

void edge_front_open(edge_front_t *front, const csi_frame_t *frame, uint16_t basis)
{
    edge_front_restart(front);
    front->linked = true;
    memcpy(front->mac, frame->mac, sizeof front->mac);
    front->channel = frame->channel;
    front->basis = basis;
    front->mask = 0;
    front->used = 0;
}

void edge_front_restart(edge_front_t *front)
{
    front->begun = false;
    front->in_bin = 0;
    front->has_last = false;
    front->has_coherence = false;
    front->coherence = 0.0f;
    memset(front->sum, 0, sizeof front->sum);
    memset(front->ratio_sum, 0, sizeof front->ratio_sum);
}

// ---- bins ---------------------------------------------------------------------------------------

static void complete(edge_front_t *front)
{
    edge_bin_t *bin = &front->bin;
    const float frames = (float)front->in_bin;
    for (uint32_t s = 0; s < EDGE_SLOTS; s++) {
        bin->n[s] = front->sum[s] / frames;
    }
    for (uint32_t s = 0; s < EDGE_RATIOS; s++) {
        bin->ratio[s][0] = front->ratio_sum[s][0] / frames;
        bin->ratio[s][1] = front->ratio_sum[s][1] / frames;
    }
    bin->mask = front->mask;
    bin->used = front->used;
    bin->held = false;
    memset(front->sum, 0, sizeof front->sum);
    memset(front->ratio_sum, 0, sizeof front->ratio_sum);
    front->in_bin = 0;
}

bool edge_front_next(edge_front_t *front, uint64_t ts_us)
{
    const uint64_t wanted = ts_us / EDGE_BIN_US;
    if (!front->begun) {
        front->begun = true;
        front->open = wanted;
    }
    if (front->open >= wanted) {
        return false;
    }
    if (front->in_bin > 0) {
        complete(front);
    } else {
        front->bin.held = true;
    }
    front->open++;
    return true;
}

// |sum of now · conj(before)| of each half of the band, over the magnitudes: in halves, because the
// slope of the phase over the carriers differs from frame to frame where clocks are not shared.
static float likeness(const edge_front_t *front, const front_frame_t *frame)
{
    float apart = 0.0f;
    int32_t now = 0, before = 0; // at most 2^21
    for (uint32_t first = 0; first < EDGE_SLOTS; first += HALF) {
        int32_t re = 0, im = 0;
        for (uint32_t s = first; s < first + HALF; s++) {
            const int16_t *a = frame->z[s], *b = front->last[s];
            re += a[0] * b[0] + a[1] * b[1];
            im += a[1] * b[0] - a[0] * b[1];
            now += a[0] * a[0] + a[1] * a[1];
            before += b[0] * b[0] + b[1] * b[1];
        }
        const float x = (float)re, y = (float)im;
        apart += sqrtf(x * x + y * y);
    }
    const float scale = sqrtf((float)now) * sqrtf((float)before);
    const float found = scale > 0.0f ? apart / scale : 0.0f;
    return found < 1.0f ? found : 1.0f;
}

static void follow_coherence(edge_front_t *front, const front_frame_t *frame)
{
    if (front->has_last) {
        const float now = likeness(front, frame);
        const uint64_t before = front->last_ts_us, ts = frame->ts_us;
        const uint64_t since = ts > before ? ts - before : before - ts;
        const float us = (float)(since < COHERENCE_US ? since : COHERENCE_US);
        const float share = front->has_coherence ? us / (float)COHERENCE_US : 1.0f;
        front->coherence += share * (now - front->coherence);
        front->has_coherence = true;
    }
    memcpy(front->last, frame->z, sizeof front->last);
    front->has_last = true;
}

static void add_ratios(edge_front_t *front, const front_frame_t *frame, float square)
{
    for (uint32_t s = 0; s < EDGE_RATIOS; s++) {
        const int16_t *a = frame->z[s + EDGE_RATIO_STEP], *b = frame->z[s];
        front->ratio_sum[s][0] += (float)(a[0] * b[0] + a[1] * b[1]) / square;
        front->ratio_sum[s][1] += (float)(a[1] * b[0] - a[0] * b[1]) / square;
    }
}

void edge_front_take(edge_front_t *front, const front_frame_t *frame, bool with_ratios)
{
    front->mask |= frame->mask;
    front->used = edge_count(front->mask);
    const float mean = mean_amplitude(frame, front->used);
    for (uint32_t s = 0; s < EDGE_SLOTS; s++) {
        front->sum[s] += frame->amp[s] / mean;
    }
    if (with_ratios) {
        add_ratios(front, frame, mean * mean);
    }
    follow_coherence(front, frame);
    front->in_bin++;
    front->last_ts_us = frame->ts_us;
    front->basis_ts_us = frame->ts_us;
}
