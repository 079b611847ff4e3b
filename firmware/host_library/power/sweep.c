#include "sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TOLD_EACH 5u

static const options_t *asked;
static const sweep_t *running;
static uint32_t state_now;
static tally_t tally;
static const nor_plan_t nothing = {.event = NOR_NOTHING};

tally_t *sweep_tally(void)
{
    return &tally;
}

// Bits of a case of the seed, none like those of the next (the steps of splitmix64).
static uint32_t drawn(uint64_t number)
{
    uint64_t bits = (number << 16u ^ asked->seed) * 0x9E3779B97F4A7C15u;
    bits = (bits ^ bits >> 30u) * 0xBF58476D1CE4E5B9u;
    return (uint32_t)(bits >> 32u);
}

bool sweep_wants_next(void)
{
    const uint64_t number = tally.cases++;
    const bool is_drawn = asked->one_in <= 1u || drawn(number) % asked->one_in == 0;
    const bool wanted = asked->only < 0 ? is_drawn : (uint64_t)asked->only == number;
    if (wanted) {
        tally.done++;
        nor_seed(drawn(number));
    }
    return wanted;
}

static void tell_wrong(const subject_t *subject, const char *what)
{
    tally.wrong++;
    if (tally.wrong <= TOLD_EACH) {
        printf("{\"wrong\": \"%s\", \"of\": \"%s\", \"sweep\": \"%s\", \"state\": \"%s\", "
               "\"number\": %" PRIu64 "}\n",
               what, subject->name, running->name, subject->states[state_now], tally.cases - 1u);
        (void)fflush(stdout);
    }
}

void moment_keep(moment_t *moment, const subject_t *subject)
{
    memcpy(moment->flash, nor_memory, sizeof moment->flash);
    memcpy(moment->memory, subject->memory, subject->memory_bytes);
}

void moment_back(const moment_t *moment, const subject_t *subject)
{
    memcpy(nor_memory, moment->flash, sizeof moment->flash);
    memcpy(subject->memory, moment->memory, subject->memory_bytes);
    subject->boot();
}

bool boot_and_judge(const subject_t *subject, demand_t demand)
{
    subject->boot();
    const char *wrong = subject->judge(demand);
    if (wrong) {
        tell_wrong(subject, wrong);
        return false;
    }
    tally.lost += subject->fell_back();
    return true;
}

bool change_as_planned(const subject_t *subject, way_t way, const nor_plan_t *plan)
{
    nor_arm(plan);
    if (setjmp(nor_power_off) != 0) {
        nor_arm(&nothing);
        nor_disarm();
        return false;
    }
    tally.refused += subject->change(way) == TOLD_REFUSED;
    nor_disarm();
    return true;
}

bool change_is_done(const subject_t *subject, way_t way, demand_t demand)
{
    if (subject->change(way) != TOLD_DONE) {
        tell_wrong(subject, "the next update is refused");
        return false;
    }
    return boot_and_judge(subject, demand);
}

bool change_is_told(const subject_t *subject, way_t way)
{
    tally.refused += subject->change(way) == TOLD_REFUSED;
    return boot_and_judge(subject, WHOLE_OR_TOLD);
}

nor_log_t rehearse(const subject_t *subject, way_t way)
{
    static moment_t before;
    moment_keep(&before, subject);
    nor_arm(&nothing);
    (void)subject->change(way);
    const nor_log_t log = *nor_log();
    nor_disarm();
    moment_back(&before, subject);
    return log;
}

void sweep_through(const sweep_t *sweep, const subject_t *subject, const options_t *options)
{
    asked = options;
    running = sweep;
    tally = (tally_t){0};
    for (state_now = 0; state_now < subject->n_states; state_now++) {
        subject->start(state_now);
        sweep->run(subject);
    }
    printf("{\"of\": \"%s\", \"sweep\": \"%s\", \"cases\": %" PRIu64 ", \"done\": %" PRIu64
           ", \"cuts\": %" PRIu64 ", \"torn\": %" PRIu64 ", \"pairs\": %" PRIu64
           ", \"faults\": %" PRIu64 ", \"refused\": %" PRIu64 ", \"lost\": %" PRIu64
           ", \"wrong\": %" PRIu64 "}\n",
           subject->name, sweep->name, tally.cases, tally.done, tally.cuts, tally.torn, tally.pairs,
           tally.faults, tally.refused, tally.lost, tally.wrong);
    (void)fflush(stdout);
}
