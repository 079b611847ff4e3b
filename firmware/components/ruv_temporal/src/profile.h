// Marks for ruv_profile.h: from here on the work belongs to `phase`, and is of so many
// multiply-accumulates.
#pragma once

#include "ruv_profile.h"

#if RUV_PROFILE

#include <stdbool.h>

extern bool ruv_profile_on;
void ruv_profile_mark(ruv_phase_t phase, uint64_t macs);

#define RUV_MARK(phase, macs) (ruv_profile_on ? ruv_profile_mark((phase), (macs)) : (void)0)

#else

#define RUV_MARK(phase, macs) ((void)0)

#endif
