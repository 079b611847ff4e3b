// Numbers as packets carry them.
#pragma once

#include <math.h>

static inline float finite_or_zero(float value)
{
    return isfinite(value) ? value : 0.0f;
}
