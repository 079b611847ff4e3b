#include "spectrum.h"

#include <string.h>

void edge_spectrum_init(edge_spectrum_t *spectrum, uint32_t every)
{
    memset(spectrum, 0, sizeof *spectrum);
    spectrum->every = every;
}

void edge_spectrum_restart(edge_spectrum_t *spectrum)
{
    (void)spectrum;
}

void edge_spectrum_bin(edge_spectrum_t *spectrum, const edge_bin_t *bin)
{
    (void)spectrum;
    (void)bin;
}
