#include "edge_angle.h"

#include <math.h>

#define TAN_EIGHTH 0.414213562f // tan(pi / 8)

// atan(t) for |t| <= tan(pi/8): the odd polynomial whose error relative to t has the least maximum,
// 2.0e-8 before rounding.
static float atan_small(float t)
{
    const float z = t * t;
    float p = 0.0806030624f;
    p = p * z - 0.138798492f;
    p = p * z + 0.19977926f;
    p = p * z - 0.333329553f;
    return t + t * z * p;
}

float edge_atan2f(float y, float x)
{
    const float ax = fabsf(x), ay = fabsf(y);
    const float small = ax < ay ? ax : ay;
    const float large = ax < ay ? ay : ax;
    if (large == 0.0f) {
        return 0.0f;
    }
    // The angle above the nearer axis, 0..pi/4.
    float angle;
    if (small > TAN_EIGHTH * large) {
        angle = EDGE_PI / 4.0f + atan_small((small - large) / (small + large));
    } else {
        angle = atan_small(small / large);
    }
    if (ay > ax) {
        angle = EDGE_PI / 2.0f - angle;
    }
    if (x < 0.0f) {
        angle = EDGE_PI - angle;
    }
    return y < 0.0f ? -angle : angle;
}

float edge_wrap(float x)
{
    while (x > EDGE_PI) {
        x -= 2.0f * EDGE_PI;
    }
    while (x < -EDGE_PI) {
        x += 2.0f * EDGE_PI;
    }
    return x;
}
