#include "rhythm.h"

#include <string.h>

void edge_rhythm_restart(edge_rhythm_t *rhythm)
{
    memset(rhythm, 0, sizeof *rhythm);
}

void edge_rhythm_bin(edge_rhythm_t *rhythm, const edge_bin_t *bin, bool moving)
{
    (void)rhythm;
    (void)bin;
    (void)moving;
}
