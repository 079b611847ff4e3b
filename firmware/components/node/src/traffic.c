#include "traffic.h"

#include <string.h>

#define SECOND_US 1000000u
#define MANY      (TRAFFIC_WINDOW / 4u) // lost of a window: the channel is full, or nobody answers
#define IN_A_ROW  4u                    // answers, after which questions come a little faster again

void traffic_start(traffic_t *traffic, uint32_t hz, uint64_t now_us)
{
    memset(traffic, 0, sizeof *traffic);
    if (hz > 0) {
        traffic->wanted_us = SECOND_US / (hz < TRAFFIC_MAX_HZ ? hz : TRAFFIC_MAX_HZ);
        traffic->period_us = traffic->wanted_us;
        traffic->next_us = now_us;
    }
}

uint64_t traffic_next_us(const traffic_t *traffic)
{
    return traffic->wanted_us > 0 ? traffic->next_us : UINT64_MAX;
}

static void give_way(traffic_t *traffic)
{
    const uint32_t slowest =
        traffic->wanted_us > TRAFFIC_SLOWEST_US ? traffic->wanted_us : TRAFFIC_SLOWEST_US;
    traffic->period_us = 2u * traffic->period_us < slowest ? 2u * traffic->period_us : slowest;
    traffic->judged = traffic->lost = traffic->in_a_row = 0;
}

static void come_back(traffic_t *traffic)
{
    const uint32_t faster = traffic->period_us / 4u * 3u;
    traffic->period_us = faster > traffic->wanted_us ? faster : traffic->wanted_us;
    traffic->in_a_row = 0;
}

static void judge(traffic_t *traffic, bool was_answered)
{
    traffic->judged++;
    traffic->lost = (uint16_t)(traffic->lost + !was_answered);
    traffic->in_a_row = was_answered ? (uint16_t)(traffic->in_a_row + 1u) : 0u;
    if (traffic->lost > MANY) {
        give_way(traffic);
    } else if (traffic->in_a_row == IN_A_ROW) {
        come_back(traffic);
    }
    if (traffic->judged >= TRAFFIC_WINDOW) {
        traffic->judged = traffic->lost = 0;
    }
}

// Judges questions in the order they were asked: an answer that overtakes another makes no loss.
static void judge_oldest(traffic_t *traffic, uint64_t now_us)
{
    while (traffic->oldest != traffic->number) {
        const uint32_t slot = traffic->oldest % TRAFFIC_OPEN;
        const bool is_full = (uint16_t)(traffic->number - traffic->oldest) == TRAFFIC_OPEN;
        const bool is_old = now_us - traffic->asked_us[slot] >= TRAFFIC_ANSWER_US;
        if (!traffic->is_answered[slot] && !is_old && !is_full) {
            return;
        }
        traffic->oldest++;
        judge(traffic, traffic->is_answered[slot]);
    }
}

uint16_t traffic_ask(traffic_t *traffic, uint64_t now_us)
{
    judge_oldest(traffic, now_us);
    const uint16_t number = traffic->number++;
    traffic->asked_us[number % TRAFFIC_OPEN] = now_us;
    traffic->is_answered[number % TRAFFIC_OPEN] = false;
    // A late question delays those after it: they do not come faster to catch up.
    const bool is_late = now_us - traffic->next_us >= traffic->period_us;
    traffic->next_us = (is_late ? now_us : traffic->next_us) + traffic->period_us;
    return number;
}

void traffic_not_sent(traffic_t *traffic, uint64_t now_us)
{
    traffic->number--;
    give_way(traffic);
    traffic->next_us = now_us + traffic->period_us;
}

void traffic_answered(traffic_t *traffic, uint16_t number)
{
    const uint16_t ago = (uint16_t)(traffic->number - number);
    if (ago > 0 && ago <= (uint16_t)(traffic->number - traffic->oldest)) {
        traffic->is_answered[number % TRAFFIC_OPEN] = true;
    }
}
