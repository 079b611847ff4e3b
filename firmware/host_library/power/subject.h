// What is tried: a store in flash, how it is changed, and what has to be true of it after a boot.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nor.h"

// What the node said of the change that was made last.
typedef enum {
    TOLD_NOTHING, // the power failed before
    TOLD_DONE,
    TOLD_REFUSED,
} told_t;

typedef enum {
    THE_SAME,
    ANOTHER,
    N_WAYS,
} way_t;

// What is right after a boot.
typedef enum {
    WHOLE,         // what was told as done is there, and nothing is complained of
    WHOLE_OR_TOLD, // the flash is damaged: what is not there any more is told as lost
} demand_t;

typedef struct {
    const char *name;
    const char *const *states; // [n_states] that the flash can be in before a change
    uint32_t n_states;
    void *memory; // [memory_bytes] what is known beside the flash
    size_t memory_bytes;

    uint32_t (*n_places)(void);        // bytes of the flash that changes touch
    uint32_t (*place)(uint32_t index); // offset of one of them
    void (*start)(uint32_t state);     // fills the flash; boots
    void (*boot)(void);
    // A change, in which the power may fail anywhere. After a cut: the same again, or another.
    told_t (*change)(way_t way);
    // NULL, or what is wrong with what the last boot found.
    const char *(*judge)(demand_t demand);
    bool (*fell_back)(void); // whether the last judgement was about something told as lost
} subject_t;

extern const subject_t weights_subject;
extern const subject_t settings_subject;

#define PART_BYTES    (NOR_BYTES / 2u)
#define SETTINGS_BASE 0u
#define WEIGHTS_BASE  PART_BYTES

void node_around_boot(bool allow_embedded); // as the node's start: which weights are in use

// Blobs that differ, all fit for the node. The last one is the image's.
#define BLOBS 5u
typedef struct {
    uint32_t len;
    uint8_t bytes[1024]; // [len]
} blob_t;
extern blob_t blobs[BLOBS];
