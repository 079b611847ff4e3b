// Angles, in radians. Own code, so that every target computes the same bits.
#pragma once

#define EDGE_PI 3.14159265358979f

// The angle of the point (x, y), in [-pi, pi]; 0 for the origin; pi, not -pi, for y == 0 and x < 0.
// Its error is below 3e-7 for finite arguments whose magnitudes lie in 1e-30..1e30.
float edge_atan2f(float y, float x);

// x moved by whole turns into [-pi, pi]; |x| is at most a few turns.
float edge_wrap(float x);
