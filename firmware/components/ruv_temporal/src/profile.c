#include "profile.h"

#if RUV_PROFILE

bool ruv_profile_on;

static struct {
    uint64_t (*clock)(void);
    uint64_t since;
    uint64_t mark_cost; // of a mark, from one reading of the clock to the next
    ruv_phase_t phase;
    ruv_profile_t sums;
} now;

void ruv_profile_mark(ruv_phase_t phase, uint64_t macs)
{
    const uint64_t at = now.clock();
    const uint64_t spent = at - now.since;
    now.sums.cycles[now.phase] += spent > now.mark_cost ? spent - now.mark_cost : 0;
    now.sums.macs[phase] += macs;
    now.sums.marks++;
    now.phase = phase;
    now.since = at;
}

void ruv_profile_start(uint64_t (*clock)(void))
{
    now.clock = clock;
    now.mark_cost = 0;
    now.phase = RUV_PHASE_OTHER;
    now.sums = (ruv_profile_t){0};
    now.since = clock();
    ruv_profile_mark(RUV_PHASE_SCORES, 0);
    ruv_profile_mark(RUV_PHASE_OTHER, 0); // nothing lies between these two but a mark
    now.mark_cost = now.sums.cycles[RUV_PHASE_SCORES];
    now.sums = (ruv_profile_t){0};
    ruv_profile_on = true;
    now.since = clock();
}

ruv_profile_t ruv_profile_stop(void)
{
    if (ruv_profile_on) {
        ruv_profile_mark(RUV_PHASE_OTHER, 0);
        ruv_profile_on = false;
    }
    const ruv_profile_t sums = now.sums;
    now.sums = (ruv_profile_t){0};
    return sums;
}

#endif
