#include "csi_layout.h"

#include <string.h>

void csi_layout_carriers(uint16_t layout, uint32_t n_subcarriers, const int8_t *iq,
                         csi_carriers_t *out)
{
    (void)layout;
    memset(out, 0, sizeof *out);
    if (n_subcarriers == 64u && iq[64] == 0 && iq[65] == 0 && iq[0] == 0) {
        out->basis = 1;
        out->n_runs = 2;
        out->runs[0] = (csi_run_t){1, 1, 26};
        out->runs[1] = (csi_run_t){38, -26, 26};
        return;
    }
    out->plain = true;
    out->basis = (uint8_t)n_subcarriers;
    out->n_runs = 1;
    out->runs[0] =
        (csi_run_t){0, (int16_t)(-(int32_t)(n_subcarriers / 2u)), (uint16_t)n_subcarriers};
}
