#include "csi_layout.h"

static uint32_t row_of(const csi_reception_t *r)
{
    const bool has_second = r->secondary != CSI_SECOND_NONE;
    if (r->signal == CSI_SIGNAL_LEGACY) {
        return has_second ? CSI_ROW_NON_HT_2ND : CSI_ROW_NON_HT;
    }
    if (r->signal != CSI_SIGNAL_HT || (r->is_wide && !has_second)) {
        return CSI_ROW_NONE;
    }
    if (r->is_wide) {
        return r->is_stbc ? CSI_ROW_HT40_STBC : CSI_ROW_HT40;
    }
    if (!r->is_stbc) {
        return has_second ? CSI_ROW_HT20_2ND : CSI_ROW_HT20;
    }
    switch (r->secondary) {
    case CSI_SECOND_NONE:
        return CSI_ROW_HT20_STBC;
    case CSI_SECOND_BELOW:
        return CSI_ROW_HT20_STBC_BELOW;
    default:
        return CSI_ROW_HT20_STBC_ABOVE;
    }
}

static uint16_t word(uint32_t row, uint32_t absent, bool first_word_invalid)
{
    const uint32_t fields = row == CSI_ROW_NONE ? 0u : absent * CSI_LAYOUT_ABSENT(0);
    return (uint16_t)(row | fields | (first_word_invalid ? CSI_LAYOUT_FIRST_INVALID : 0u));
}

uint16_t csi_layout_of_reception(const csi_reception_t *reception)
{
    const bool is_ht = reception->signal == CSI_SIGNAL_HT;
    const uint32_t fields = !is_ht ? 1u : reception->is_stbc ? 7u : 3u; // that the packet has
    if (reception->secondary > CSI_SECOND_BELOW) {
        return word(CSI_ROW_NONE, 0, reception->first_word_invalid);
    }
    return word(row_of(reception), fields & ~(uint32_t)reception->kept,
                reception->first_word_invalid);
}

uint16_t csi_layout_of_length(uint8_t secondary, uint32_t n_subcarriers, bool first_word_invalid)
{
    static const struct {
        uint16_t pairs;
        uint8_t alone, with_second;
    } rows[] = {
        {53, CSI_ROW_V3_NON_HT, CSI_ROW_V3_NON_HT_2ND},
        {57, CSI_ROW_V3_HT20, CSI_ROW_V3_HT20_2ND},
        {114, CSI_ROW_V3_HT20_STBC, CSI_ROW_V3_HT20_STBC_2ND},
        {117, CSI_ROW_NONE, CSI_ROW_V3_HT40},
        {234, CSI_ROW_NONE, CSI_ROW_V3_HT40_STBC},
        {245, CSI_ROW_V3_HE20, CSI_ROW_NONE},
    };
    uint32_t row = CSI_ROW_NONE;
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].pairs == n_subcarriers && secondary <= CSI_SECOND_BELOW) {
            row = secondary == CSI_SECOND_NONE ? rows[i].alone : rows[i].with_second;
        }
    }
    return word(row, 0, first_word_invalid);
}
