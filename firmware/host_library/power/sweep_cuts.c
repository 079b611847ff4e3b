// The power fails at every byte of a change, once, or a second time in what follows.
#include "sweep.h"

#define ERASE_STEP 64u // bytes, where every pair of places is tried

static void count_cut(const nor_log_t *log, const nor_plan_t *plan)
{
    sweep_tally()->cuts++;
    sweep_tally()->torn += plan->ragged || (plan->bytes > 0 && plan->bytes < log->bytes[plan->op]);
}

// The next place to cut; false behind the last.
static bool next_place(const nor_log_t *log, nor_plan_t *plan, uint32_t erase_step, bool with_bits)
{
    const bool can_be_ragged = with_bits && plan->bytes < log->bytes[plan->op];
    if (can_be_ragged && !plan->ragged) {
        plan->ragged = true;
        return true;
    }
    plan->ragged = false;
    plan->bytes += log->erases[plan->op] ? erase_step : 1u;
    if (plan->bytes > log->bytes[plan->op]) {
        plan->bytes = 0;
        plan->op++;
    }
    return plan->op < log->count;
}

static void cut(const subject_t *subject, way_t way, const nor_log_t *log, const nor_plan_t *plan)
{
    if (!change_as_planned(subject, way, plan)) {
        count_cut(log, plan);
    }
}

static void cut_once(const subject_t *subject)
{
    static moment_t before, after;
    const nor_log_t log = rehearse(subject, THE_SAME);
    nor_plan_t plan = {.event = NOR_CUT};
    moment_keep(&before, subject);
    do {
        if (!sweep_wants_next()) {
            continue;
        }
        moment_back(&before, subject);
        cut(subject, THE_SAME, &log, &plan);
        if (!boot_and_judge(subject, WHOLE)) {
            continue;
        }
        moment_keep(&after, subject);
        for (way_t way = 0; way < N_WAYS; way++) {
            moment_back(&after, subject);
            if (!change_is_done(subject, way, WHOLE) || !change_is_done(subject, ANOTHER, WHOLE) ||
                !change_is_done(subject, ANOTHER, WHOLE)) {
                break;
            }
        }
    } while (next_place(&log, &plan, 1, true));
}

// After a cut: the same update again or another one, which is cut as well.
static void cut_again(const subject_t *subject, way_t way)
{
    static moment_t between;
    const nor_log_t log = rehearse(subject, way);
    nor_plan_t plan = {.event = NOR_CUT};
    if (log.count == 0) {
        return; // it was done already
    }
    moment_keep(&between, subject);
    do {
        if (!sweep_wants_next()) {
            continue;
        }
        moment_back(&between, subject);
        plan.ragged = sweep_tally()->cases % 2u == 0 && plan.bytes < log.bytes[plan.op];
        cut(subject, way, &log, &plan);
        sweep_tally()->pairs++;
        if (boot_and_judge(subject, WHOLE) && change_is_done(subject, THE_SAME, WHOLE)) {
            (void)change_is_done(subject, ANOTHER, WHOLE);
        }
        plan.ragged = false;
    } while (next_place(&log, &plan, ERASE_STEP, false));
}

static void cut_twice(const subject_t *subject)
{
    static moment_t before, after;
    const nor_log_t log = rehearse(subject, THE_SAME);
    nor_plan_t plan = {.event = NOR_CUT};
    uint32_t number = 0;
    moment_keep(&before, subject);
    do {
        moment_back(&before, subject);
        nor_seed(number++);
        plan.ragged = number % 2u == 0 && plan.bytes < log.bytes[plan.op];
        cut(subject, THE_SAME, &log, &plan);
        plan.ragged = false;
        if (!boot_and_judge(subject, WHOLE)) {
            continue;
        }
        moment_keep(&after, subject);
        for (way_t way = 0; way < N_WAYS; way++) {
            moment_back(&after, subject);
            cut_again(subject, way);
        }
    } while (next_place(&log, &plan, ERASE_STEP, false));
}

const sweep_t cut_sweeps[] = {
    {"one cut", cut_once},
    {"two cuts", cut_twice},
    {0},
};
