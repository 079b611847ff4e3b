// Cases one after the other, each with its number: which are done, and what came of them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "nor.h"
#include "subject.h"

typedef struct {
    uint32_t seed;   // of ragged bits, and of which cases are done
    uint32_t one_in; // so many cases is done; 1: all
    int64_t only;    // the number of the one that is done; -1: all
} options_t;

typedef struct {
    uint64_t cases; // that there are
    uint64_t done;
    uint64_t cuts;
    uint64_t torn;    // cuts inside an operation
    uint64_t pairs;   // of a cut with one in what follows
    uint64_t faults;  // of the flash
    uint64_t refused; // changes, with an error told
    uint64_t lost;    // told as lost, or an older one in use and told as that
    uint64_t wrong;
} tally_t;

// A kind of case, in every place where it can be.
typedef struct {
    const char *name;
    void (*run)(const subject_t *subject);
} sweep_t;

extern const sweep_t cut_sweeps[];   // ends with one without a name
extern const sweep_t fault_sweeps[]; // ends with one without a name

// All states of a subject; prints one line of JSON, and one for each of the first that are wrong.
void sweep_through(const sweep_t *sweep, const subject_t *subject, const options_t *options);

// Whether the case that comes now is done.
bool sweep_wants_next(void);
tally_t *sweep_tally(void);

// The flash, and what is known of it.
typedef struct {
    uint8_t flash[NOR_BYTES];
    uint8_t memory[2048];
} moment_t;
void moment_keep(moment_t *moment, const subject_t *subject);
void moment_back(const moment_t *moment, const subject_t *subject); // boots

// Each returns false when something is wrong; that is told, and the case is over.
bool boot_and_judge(const subject_t *subject, demand_t demand);
bool change_is_done(const subject_t *subject, way_t way, demand_t demand); // boots behind it
// The same where a damaged flash may refuse it.
bool change_is_told(const subject_t *subject, way_t way);

// A change with a plan; false when the power failed.
bool change_as_planned(const subject_t *subject, way_t way, const nor_plan_t *plan);
// What a change does to the flash; everything is as before afterwards.
nor_log_t rehearse(const subject_t *subject, way_t way);
