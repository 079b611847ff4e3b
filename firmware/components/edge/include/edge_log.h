// The natural logarithm, the same bits on every target.
#pragma once

// Of a positive, finite x; what is smaller than the smallest normal float32 counts as that. Within
// 2^-24 (3 |log x| + 2.1).
float edge_logf(float x);
