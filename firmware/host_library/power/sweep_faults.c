// Flash that does not do what it says: once, or from now on.
#include "sweep.h"

#define WEAR_SEEDS 200u // a sector

static void go_on(const subject_t *subject)
{
    if (change_is_done(subject, THE_SAME, WHOLE) && change_is_done(subject, ANOTHER, WHOLE)) {
        (void)change_is_done(subject, ANOTHER, WHOLE);
    }
}

static void try_plan(const subject_t *subject, const moment_t *before, const nor_plan_t *plan)
{
    if (!sweep_wants_next()) {
        return;
    }
    moment_back(before, subject);
    sweep_tally()->faults++;
    sweep_tally()->cuts += !change_as_planned(subject, THE_SAME, plan);
    if (boot_and_judge(subject, WHOLE)) {
        go_on(subject);
    }
}

// Operations that end early, not at all, or leave bits; the flash says that they are done.
static void cut_short(const subject_t *subject)
{
    static moment_t before;
    const nor_log_t log = rehearse(subject, THE_SAME);
    moment_keep(&before, subject);
    for (uint32_t op = 0; op < log.count; op++) {
        for (uint32_t bytes = 0; bytes < log.bytes[op]; bytes++) {
            for (uint32_t ragged = 0; ragged < 2u; ragged++) {
                const nor_plan_t plan = {NOR_SHORT, op, bytes, ragged != 0};
                try_plan(subject, &before, &plan);
            }
        }
    }
}

static void reordered(const subject_t *subject)
{
    static moment_t before;
    const nor_log_t log = rehearse(subject, THE_SAME);
    moment_keep(&before, subject);
    for (uint32_t op = 0; op < log.count; op++) {
        const nor_plan_t late = {NOR_LATE, op, 0, false};
        const nor_plan_t lost = {NOR_LATE_CUT, op, 0, false};
        try_plan(subject, &before, &late);
        try_plan(subject, &before, &lost);
    }
}

// Enough updates for both slots, or regions, to be written on such a flash; then as if it were new.
static void live_with_it(const subject_t *subject)
{
    sweep_tally()->faults++;
    bool right = boot_and_judge(subject, WHOLE_OR_TOLD);
    right = right && change_is_told(subject, THE_SAME);
    right = right && change_is_told(subject, ANOTHER);
    right = right && change_is_told(subject, ANOTHER);
    nor_mend();
    if (right && boot_and_judge(subject, WHOLE_OR_TOLD)) {
        (void)change_is_done(subject, ANOTHER, WHOLE_OR_TOLD);
    }
}

static void stuck_bit(const subject_t *subject)
{
    static moment_t before;
    moment_keep(&before, subject);
    for (uint32_t bit = 0; bit < subject->n_places() * 16u; bit++) {
        if (sweep_wants_next()) {
            moment_back(&before, subject);
            nor_stick(subject->place(bit / 16u), (uint8_t)(1u << bit % 8u), bit % 16u >= 8u);
            live_with_it(subject);
        }
    }
}

static void flipped_bit(const subject_t *subject)
{
    static moment_t before;
    moment_keep(&before, subject);
    for (uint32_t bit = 0; bit < subject->n_places() * 8u; bit++) {
        if (sweep_wants_next()) {
            moment_back(&before, subject);
            uint8_t *byte = &nor_memory[subject->place(bit / 8u)];
            *byte = (uint8_t)(*byte ^ 1u << bit % 8u);
            sweep_tally()->faults++;
            if (boot_and_judge(subject, WHOLE_OR_TOLD) && change_is_told(subject, THE_SAME)) {
                (void)change_is_done(subject, ANOTHER, WHOLE_OR_TOLD);
            }
        }
    }
}

static void worn_sector(const subject_t *subject)
{
    static moment_t before;
    const uint32_t first = subject->place(0) / NOR_SECTOR;
    moment_keep(&before, subject);
    for (uint32_t i = 0; i < PART_BYTES / NOR_SECTOR * WEAR_SEEDS; i++) {
        if (sweep_wants_next()) {
            moment_back(&before, subject);
            nor_wear(first + i / WEAR_SEEDS, i);
            live_with_it(subject);
        }
    }
}

const sweep_t fault_sweeps[] = {
    {"cut short", cut_short},     {"reordered", reordered},     {"stuck bit", stuck_bit},
    {"flipped bit", flipped_bit}, {"worn sector", worn_sector}, {0},
};
