#include "edge_arithmetic.h"

// e^(-2 pi i k / 64), k = 0 to 47: cos, -sin
static const float turn[2 * 48] = {
    1.0f,          0.0f,          0.99518472f,   -0.0980171412f, 0.980785251f,   -0.195090324f,
    0.956940353f,  -0.290284663f, 0.923879504f,  -0.382683426f,  0.881921291f,   -0.471396744f,
    0.831469595f,  -0.555570245f, 0.773010433f,  -0.634393275f,  0.707106769f,   -0.707106769f,
    0.634393275f,  -0.773010433f, 0.555570245f,  -0.831469595f,  0.471396744f,   -0.881921291f,
    0.382683426f,  -0.923879504f, 0.290284663f,  -0.956940353f,  0.195090324f,   -0.980785251f,
    0.0980171412f, -0.99518472f,  0.0f,          -1.0f,          -0.0980171412f, -0.99518472f,
    -0.195090324f, -0.980785251f, -0.290284663f, -0.956940353f,  -0.382683426f,  -0.923879504f,
    -0.471396744f, -0.881921291f, -0.555570245f, -0.831469595f,  -0.634393275f,  -0.773010433f,
    -0.707106769f, -0.707106769f, -0.773010433f, -0.634393275f,  -0.831469595f,  -0.555570245f,
    -0.881921291f, -0.471396744f, -0.923879504f, -0.382683426f,  -0.956940353f,  -0.290284663f,
    -0.980785251f, -0.195090324f, -0.99518472f,  -0.0980171412f, -1.0f,          0.0f,
    -0.99518472f,  0.0980171412f, -0.980785251f, 0.195090324f,   -0.956940353f,  0.290284663f,
    -0.923879504f, 0.382683426f,  -0.881921291f, 0.471396744f,   -0.831469595f,  0.555570245f,
    -0.773010433f, 0.634393275f,  -0.707106769f, 0.707106769f,   -0.634393275f,  0.773010433f,
    -0.555570245f, 0.831469595f,  -0.471396744f, 0.881921291f,   -0.382683426f,  0.923879504f,
    -0.290284663f, 0.956940353f,  -0.195090324f, 0.980785251f,   -0.0980171412f, 0.99518472f,
};

typedef struct {
    float re;
    float im;
} point_t;

static inline point_t turned(const float *z /*[2]*/, const float *w /*[2]*/)
{
    return (point_t){z[0] * w[0] - z[1] * w[1], z[0] * w[1] + z[1] * w[0]};
}

// Four points, `span` apart from z on, from what they are after turning.
static inline void put(float (*z)[2] /*[3 span + 1]*/, uint32_t span, point_t a, point_t b,
                       point_t c, point_t d)
{
    const point_t even = {a.re + c.re, a.im + c.im}, odd = {a.re - c.re, a.im - c.im};
    const point_t sum = {b.re + d.re, b.im + d.im}, apart = {b.re - d.re, b.im - d.im};
    z[0][0] = even.re + sum.re;
    z[0][1] = even.im + sum.im;
    z[span][0] = odd.re + apart.im;
    z[span][1] = odd.im - apart.re;
    z[2u * span][0] = even.re - sum.re;
    z[2u * span][1] = even.im - sum.im;
    z[3u * span][0] = odd.re - apart.im;
    z[3u * span][1] = odd.im + apart.re;
}

// All groups of four that are turned by j, 2 j and 3 j steps of 16 / span.
static inline void stage(float (*z)[2] /*[64]*/, uint32_t span)
{
    for (uint32_t j = 0; j < span; j++) {
        const uint32_t step = 16u / span * j;
        const float *const one = &turn[2u * step], *const two = &turn[4u * step];
        const float *const three = &turn[6u * step];
        for (float(*at)[2] = z + j; at < z + EDGE_FFT64; at += 4u * span) {
            const point_t a = {at[0][0], at[0][1]};
            put(at, span, a, turned(at[span], one), turned(at[2u * span], two),
                turned(at[3u * span], three));
        }
    }
}

static inline point_t plain(const float *z /*[2]*/)
{
    return (point_t){z[0], z[1]};
}

void edge_fft64(float z[EDGE_FFT64][2])
{
    for (float(*at)[2] = z; at < z + EDGE_FFT64; at += 4) {
        put(at, 1u, plain(at[0]), plain(at[1]), plain(at[2]), plain(at[3]));
    }
    stage(z, 4u);
    stage(z, 16u);
}
