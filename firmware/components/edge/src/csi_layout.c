#include "csi_layout.h"

#include <stddef.h>

#include "csi_frame.h"

#define FIRST_WORD_PAIRS 2u
#define CUT_PAIRS        256u // some recorders keep 512 bytes of a longer frame
#define PREFERRED_FIELD  0u   // of a row's fields: the LLTF, which every packet has; else the first
#define FAINT_NULL       16u  // a null holds at max this fraction of a pair's mean power

typedef struct {
    uint16_t basis;
    uint16_t pairs;
    int16_t first;   // carrier of pair 0
    uint16_t wrap;   // from this pair on ...
    int16_t wrapped; // ... this carrier
    uint8_t smear;   // the channel filter may spread into so many nulls beside a carrier
} form_t;

typedef struct {
    uint8_t number;
    uint8_t stbc;
    uint8_t forms[CSI_ROW_FIELDS];
} row_t;

typedef struct {
    uint16_t min;
    uint16_t max;
} used_t;

enum {
#define FORM_ID(name, basis, pairs, first, wrap, wrapped, smear) FORM_##name,
    CSI_FORM_LIST(FORM_ID)
#undef FORM_ID
    FORM_NONE
};

#define FORM(name, basis, pairs, first, wrap, wrapped, smear)                                      \
    {CSI_BASIS_##basis, pairs, first, wrap, wrapped, smear},
static const form_t forms[] = {CSI_FORM_LIST(FORM)};

#define ROW(number, name, stbc, a, b, c) {number, stbc, {FORM_##a, FORM_##b, FORM_##c}},
static const row_t rows[] = {CSI_ROW_LIST(ROW)};

#define USED(basis, min, max) [CSI_BASIS_##basis] = {min, max},
static const used_t used_of[] = {CSI_USED_LIST(USED)};

// The fields that are stored in a frame.
typedef struct {
    const row_t *row;
    uint32_t absent; // bit i: the row's field i
    uint32_t pairs;
} stored_t;

static bool is_stored(const stored_t *stored, uint32_t field)
{
    return stored->row->forms[field] != FORM_NONE && !(stored->absent >> field & 1u);
}

static stored_t store(const row_t *row, uint32_t absent)
{
    stored_t stored = {row, absent, 0};
    for (uint32_t i = 0; i < CSI_ROW_FIELDS; i++) {
        stored.pairs += is_stored(&stored, i) ? forms[row->forms[i]].pairs : 0u;
    }
    return stored;
}

static const row_t *find_row(uint32_t number)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].number == number) {
            return &rows[i];
        }
    }
    return NULL;
}

// The pairs of a form that are carriers first to last, without those before pair `skip`.
static csi_run_t run_of(const form_t *form, int32_t first, int32_t last, uint32_t at, uint32_t skip)
{
    const bool wraps = form->wrap < form->pairs && first >= form->wrapped && first < form->first;
    const int32_t start =
        (int32_t)at + (wraps ? (int32_t)form->wrap + first - form->wrapped : first - form->first);
    const int32_t gone = start < (int32_t)skip ? (int32_t)skip - start : 0;
    return (csi_run_t){.pair = (uint16_t)(start + gone),
                       .carrier = (int16_t)(first + gone),
                       .count = (uint16_t)(last - first + 1 - gone)};
}

// Whether the row's next field has the same carriers in the same order, from the same antenna.
static bool repeats(const stored_t *stored, uint32_t field, const form_t *form, uint32_t end)
{
    if (stored->row->stbc || field + 1u >= CSI_ROW_FIELDS || !is_stored(stored, field + 1u)) {
        return false;
    }
    const form_t *next = &forms[stored->row->forms[field + 1u]];
    return end >= (uint32_t)form->pairs + next->pairs && next->first == form->first &&
           next->wrap == form->wrap && next->wrapped == form->wrapped;
}

static esp_err_t of_row(const stored_t *stored, uint32_t n, uint32_t skip, csi_carriers_t *out)
{
    uint32_t field = PREFERRED_FIELD;
    for (uint32_t i = 0; !is_stored(stored, field) && i < CSI_ROW_FIELDS; i++) {
        field = i;
    }
    if (!is_stored(stored, field)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < field; i++) {
        at += is_stored(stored, i) ? forms[stored->row->forms[i]].pairs : 0u;
    }
    const form_t *form = &forms[stored->row->forms[field]];
    if (n < at + form->pairs || n > stored->pairs + 1u) { // the driver pads to whole words
        return ESP_ERR_INVALID_SIZE;
    }
    const int32_t min = used_of[form->basis].min;
    const int32_t max = used_of[form->basis].max;
    const bool of_two = stored->row->stbc && form->basis == CSI_BASIS_LLTF;
    *out = (csi_carriers_t){
        .basis = of_two ? CSI_BASIS_LLTF_STBC : form->basis,
        .row = stored->row->number,
        .n_runs = CSI_MAX_RUNS,
        .again = repeats(stored, field, form, n - at) ? form->pairs : 0u,
        .runs = {run_of(form, -max, -min, at, skip), run_of(form, min, max, at, skip)}};
    return ESP_OK;
}

static uint32_t power_at(const int8_t *iq /*[pairs][2]*/, uint32_t pair)
{
    const int32_t a = iq[2u * pair];
    const int32_t b = iq[2u * pair + 1u];
    return (uint32_t)(a * a + b * b);
}

typedef struct {
    uint64_t power;  // of the nulls into which no carrier spreads
    uint32_t sure;   // how many those are
    uint32_t no_one; // all pairs that are no carriers
} nulls_t;

// How many of a run's pairs lie before `end`.
static uint32_t overlap(csi_run_t run, uint32_t end)
{
    const uint32_t left = end > run.pair ? end - run.pair : 0u;
    return left < run.count ? left : run.count;
}

// Adds pairs `from` to `to` - 1 of a field that begins at pair `at`. None of them is a carrier.
static void add_gap(uint32_t from, uint32_t to, uint32_t at, const int8_t *iq /*[n][2]*/,
                    uint32_t n, nulls_t *sum)
{
    for (uint32_t pair = at + from; pair < at + to && pair < n; pair++) {
        sum->power += power_at(iq, pair);
        sum->sure++;
    }
}

// Left out are pairs into which the channel filter may spread a carrier, and those that may hold
// the first word or the angle of the second antenna's delay.
static void add_nulls(const form_t *form, uint32_t field, uint32_t at, const int8_t *iq /*[n][2]*/,
                      uint32_t n, nulls_t *sum)
{
    const int32_t min = used_of[form->basis].min;
    const int32_t max = used_of[form->basis].max;
    csi_run_t first = run_of(form, -max, -min, 0, 0);
    csi_run_t second = run_of(form, min, max, 0, 0);
    if (second.pair < first.pair) {
        const csi_run_t other = first;
        first = second;
        second = other;
    }
    const uint32_t smear = form->smear;
    const uint32_t odd = at < FIRST_WORD_PAIRS ? FIRST_WORD_PAIRS - at : field > 0 ? 1u : 0u;
    const uint32_t begin = smear ? odd : 0u;
    const uint32_t between = (uint32_t)first.pair + first.count;
    const uint32_t behind = (uint32_t)second.pair + second.count;
    const uint32_t left = at < n ? n - at : 0u;
    const uint32_t stored = left < form->pairs ? left : form->pairs; // less of a frame that was cut
    add_gap(begin, first.pair - (first.pair > 0 ? smear : 0u), at, iq, n, sum);
    add_gap(between + smear > begin ? between + smear : begin, second.pair - smear, at, iq, n, sum);
    add_gap(behind + smear, form->pairs, at, iq, n, sum);
    sum->no_one += stored;
    sum->no_one -= overlap(first, stored) + overlap(second, stored);
}

static nulls_t nulls_of(const stored_t *stored, const int8_t *iq /*[n][2]*/, uint32_t n)
{
    nulls_t sum = {0, 0, 0};
    uint32_t at = 0;
    for (uint32_t i = 0; i < CSI_ROW_FIELDS; i++) {
        if (is_stored(stored, i)) {
            add_nulls(&forms[stored->row->forms[i]], i, at, iq, n, &sum);
            at += forms[stored->row->forms[i]].pairs;
        }
    }
    return sum;
}

// Whether the nulls of `a` hold less power than those of `b`; if equal, whether there are more.
static bool is_better(const nulls_t *a, const nulls_t *b)
{
    const uint64_t left = a->power * b->sure;
    const uint64_t right = b->power * a->sure;
    return b->sure == 0 || left < right || (left == right && a->no_one > b->no_one);
}

// Finds the row whose nulls hold the least power. False: none fits.
static bool find_by_nulls(uint32_t n, const int8_t *iq /*[n][2]*/, stored_t *best)
{
    uint64_t total = 0;
    for (uint32_t pair = FIRST_WORD_PAIRS; pair < n; pair++) {
        total += power_at(iq, pair);
    }
    nulls_t fewest = {0, 0, 0};
    for (size_t i = 0; total > 0 && i < sizeof rows / sizeof rows[0]; i++) {
        const uint32_t ways = rows[i].forms[1] == FORM_NONE ? 1u : 2u;
        for (uint32_t absent = 0; absent < ways; absent++) { // all fields, or all but the first
            const stored_t stored = store(&rows[i], absent);
            if (stored.pairs != n && !(n == CUT_PAIRS && stored.pairs > n)) {
                continue;
            }
            const nulls_t nulls = nulls_of(&stored, iq, n);
            const bool fits =
                FAINT_NULL * nulls.power * (n - FIRST_WORD_PAIRS) <= total * nulls.sure;
            if (fits && is_better(&nulls, &fewest)) {
                fewest = nulls;
                *best = stored;
            }
        }
    }
    return fewest.sure > 0;
}

static esp_err_t of_nulls(uint16_t layout, uint32_t n, const int8_t *iq /*[n][2]*/,
                          csi_carriers_t *out)
{
    stored_t stored;
    if (!iq) {
        return ESP_ERR_INVALID_ARG;
    }
    if (find_by_nulls(n, iq, &stored)) {
        return of_row(&stored, n, FIRST_WORD_PAIRS,
                      out); // nor is it known whether the first word is valid
    }
    const uint32_t skip = layout & CSI_LAYOUT_FIRST_INVALID ? FIRST_WORD_PAIRS : 0u;
    if (n <= skip) {
        return ESP_ERR_INVALID_SIZE;
    }
    *out = (csi_carriers_t){.basis = (uint16_t)(CSI_BASIS_PLAIN + n),
                            .row = CSI_ROW_NONE,
                            .n_runs = 1,
                            .runs = {{.pair = (uint16_t)skip,
                                      .carrier = (int16_t)((int32_t)skip - (int32_t)(n / 2u)),
                                      .count = (uint16_t)(n - skip)}}};
    return ESP_OK;
}

esp_err_t csi_layout_carriers(uint16_t layout, uint32_t n_subcarriers, const int8_t *iq,
                              csi_carriers_t *out)
{
    const uint32_t number = layout & CSI_LAYOUT_ROW_MASK;
    const uint32_t absent = (layout & ~CSI_LAYOUT_FIRST_INVALID & ~CSI_LAYOUT_ROW_MASK) >> 8;
    if (n_subcarriers == 0 || n_subcarriers > CSI_MAX_PAIRS) {
        return ESP_ERR_INVALID_SIZE;
    }
    if (layout & CSI_LAYOUT_RESERVED_MASK || (number == 0 && absent > 0)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (number == 0) {
        return of_nulls(layout, n_subcarriers, iq, out);
    }
    const row_t *row = find_row(number);
    if (!row) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    const stored_t stored = store(row, absent);
    const uint32_t skip = layout & CSI_LAYOUT_FIRST_INVALID ? FIRST_WORD_PAIRS : 0u;
    return of_row(&stored, n_subcarriers, skip, out);
}
