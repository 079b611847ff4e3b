#include "edge_fft64.h"

// e^(-2 pi i k / 64), k = 0 to 47: (cos, -sin)
static const float turn[48][2] = {
    {1.0f, 0.0f},
    {0.99518472f, -0.0980171412f},
    {0.980785251f, -0.195090324f},
    {0.956940353f, -0.290284663f},
    {0.923879504f, -0.382683426f},
    {0.881921291f, -0.471396744f},
    {0.831469595f, -0.555570245f},
    {0.773010433f, -0.634393275f},
    {0.707106769f, -0.707106769f},
    {0.634393275f, -0.773010433f},
    {0.555570245f, -0.831469595f},
    {0.471396744f, -0.881921291f},
    {0.382683426f, -0.923879504f},
    {0.290284663f, -0.956940353f},
    {0.195090324f, -0.980785251f},
    {0.0980171412f, -0.99518472f},
    {0.0f, -1.0f},
    {-0.0980171412f, -0.99518472f},
    {-0.195090324f, -0.980785251f},
    {-0.290284663f, -0.956940353f},
    {-0.382683426f, -0.923879504f},
    {-0.471396744f, -0.881921291f},
    {-0.555570245f, -0.831469595f},
    {-0.634393275f, -0.773010433f},
    {-0.707106769f, -0.707106769f},
    {-0.773010433f, -0.634393275f},
    {-0.831469595f, -0.555570245f},
    {-0.881921291f, -0.471396744f},
    {-0.923879504f, -0.382683426f},
    {-0.956940353f, -0.290284663f},
    {-0.980785251f, -0.195090324f},
    {-0.99518472f, -0.0980171412f},
    {-1.0f, 0.0f},
    {-0.99518472f, 0.0980171412f},
    {-0.980785251f, 0.195090324f},
    {-0.956940353f, 0.290284663f},
    {-0.923879504f, 0.382683426f},
    {-0.881921291f, 0.471396744f},
    {-0.831469595f, 0.555570245f},
    {-0.773010433f, 0.634393275f},
    {-0.707106769f, 0.707106769f},
    {-0.634393275f, 0.773010433f},
    {-0.555570245f, 0.831469595f},
    {-0.471396744f, 0.881921291f},
    {-0.382683426f, 0.923879504f},
    {-0.290284663f, 0.956940353f},
    {-0.195090324f, 0.980785251f},
    {-0.0980171412f, 0.99518472f},
};

#define RADIX 4u

// The four points at `z`, `span` apart, of which all but the first are turned by j, 2 j and 3 j
// steps of `step`, transformed.
static void butterfly(float (*z)[2] /*[3 span + 1]*/, uint32_t span, uint32_t j, uint32_t step)
{
    float p[RADIX][2] = {{z[0][0], z[0][1]}};
    for (uint32_t i = 1; i < RADIX; i++) {
        const float *at = z[i * span], *w = turn[i * j * step];
        p[i][0] = at[0] * w[0] - at[1] * w[1];
        p[i][1] = at[0] * w[1] + at[1] * w[0];
    }
    const float even_re = p[0][0] + p[2][0], even_im = p[0][1] + p[2][1];
    const float odd_re = p[0][0] - p[2][0], odd_im = p[0][1] - p[2][1];
    const float sum_re = p[1][0] + p[3][0], sum_im = p[1][1] + p[3][1];
    const float apart_re = p[1][0] - p[3][0], apart_im = p[1][1] - p[3][1];
    z[0][0] = even_re + sum_re;
    z[0][1] = even_im + sum_im;
    z[span][0] = odd_re + apart_im;
    z[span][1] = odd_im - apart_re;
    z[2u * span][0] = even_re - sum_re;
    z[2u * span][1] = even_im - sum_im;
    z[3u * span][0] = odd_re - apart_im;
    z[3u * span][1] = odd_im + apart_re;
}

void edge_fft64(float z[EDGE_FFT64][2])
{
    for (uint32_t span = 1; span < EDGE_FFT64; span *= RADIX) {
        const uint32_t step = EDGE_FFT64 / (RADIX * span);
        for (uint32_t first = 0; first < EDGE_FFT64; first += RADIX * span) {
            for (uint32_t j = 0; j < span; j++) {
                butterfly(&z[first + j], span, j, step);
            }
        }
    }
}
