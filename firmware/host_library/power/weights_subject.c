// Updates of the weights: as the agent makes them, chunk by chunk.
#include <string.h>

#include "node.h"
#include "nor.h"
#include "subject.h"
#include "weights_parts.h"
#include "weights_store.h"

#define CHUNK    100u
#define EMBEDDED (BLOBS - 1u)
#define NO_BLOB  BLOBS

enum {
    BLANK,
    NEVER_ERASED,
    GARBAGE,
    ONE,
    BOTH,
    HALF_UPLOADED,
    LEFT_RECORD,
    WRAPS,
    N_STATES
};

static const char *const states[N_STATES] = {
    "erased",     "never erased",   "garbage",       "one slot",
    "both slots", "half an upload", "a record left", "wraps",
};

static struct {
    uint32_t was;    // index of the blob that is in use, or was before the change
    uint32_t before; // the one before that
    uint32_t next;   // the one that the change brings
    told_t told;
    bool fell_back;
} memory;

static bool send(uint32_t blob, uint32_t upto)
{
    char detail[WEIGHTS_DETAIL];
    const blob_t *sent = &blobs[blob];
    uint32_t crc;
    memcpy(&crc, sent->bytes + sent->len - sizeof crc, sizeof crc);
    uint32_t offset;
    uint8_t slot;
    if (weights_upload_begin(sent->len, crc, false, &offset, &slot, detail)) {
        return false;
    }
    while (offset < upto) {
        const uint32_t len = upto - offset < CHUNK ? upto - offset : CHUNK;
        if (weights_upload_chunk(offset, sent->bytes + offset, len, &offset, detail)) {
            return false;
        }
    }
    return true;
}

static told_t upload(uint32_t blob)
{
    char detail[WEIGHTS_DETAIL];
    uint32_t generation;
    uint8_t slot;
    if (!send(blob, blobs[blob].len) || weights_upload_commit(&generation, &slot, detail)) {
        return TOLD_REFUSED;
    }
    node_around_boot(true); // the head is started with them
    return TOLD_DONE;
}

static void boot(void)
{
    weights_upload_close();
    node_around_boot(true);
}

// Another blob is the one that was in use before, which the slot to be written may know; else one
// that is neither in use nor was begun.
static uint32_t another(void)
{
    uint32_t blob = memory.before;
    while (blob >= EMBEDDED || blob == memory.was || blob == memory.next) {
        blob = (blob + 1u) % EMBEDDED;
    }
    return blob;
}

static told_t change(way_t way)
{
    if (memory.next == NO_BLOB || way == ANOTHER) {
        memory.next = another();
    }
    memory.told = TOLD_NOTHING;
    memory.told = upload(memory.next);
    return memory.told;
}

// A slot as an update of that generation would leave it, but for the record, which is left.
static void place_blob(uint32_t slot, uint32_t blob, uint32_t generation)
{
    weights_slot_t header = {generation, blobs[blob].len, 0, {0}};
    memcpy(&header.blob_crc, blobs[blob].bytes + header.length - sizeof header.blob_crc,
           sizeof header.blob_crc);
    const weights_upload_record_t record = {header.length, header.blob_crc};
    (void)weights_slot_erase(slot, header.length);
    (void)weights_slot_write_record(slot, &record);
    (void)weights_slot_program(slot, 0, blobs[blob].bytes, header.length);
    (void)weights_slot_commit_header(slot, &header);
}

static void start(uint32_t state)
{
    static const uint8_t fillings[] = {[BLANK] = 0xFF, [NEVER_ERASED] = 0, [GARBAGE] = 0x5A};
    memset(nor_memory + WEIGHTS_BASE, state <= GARBAGE ? fillings[state] : 0xFF, PART_BYTES);
    boot();
    memory.was = EMBEDDED;
    memory.before = EMBEDDED;
    memory.next = NO_BLOB;
    memory.told = TOLD_NOTHING;
    if (state >= LEFT_RECORD) {
        const uint32_t newest = state == WRAPS ? UINT32_MAX : 2u;
        place_blob(0, 1, newest);
        place_blob(1, 0, newest - 1u);
        memory.was = 1;
        memory.next = 0; // the same that the other slot holds
    } else if (state >= ONE) {
        (void)upload(0);
        memory.was = 0;
        if (state >= BOTH) {
            (void)upload(1);
            memory.was = 1;
        }
        if (state == HALF_UPLOADED) {
            (void)send(2, blobs[2].len / 2u);
            memory.next = 2;
        }
    }
    boot();
}

static uint32_t in_use(void)
{
    const weights_selection_t *weights = &node_head()->weights;
    for (uint32_t i = 0; i < BLOBS; i++) {
        if (weights->source != WEIGHTS_NONE && weights->len == blobs[i].len &&
            memcmp(weights->blob, blobs[i].bytes, blobs[i].len) == 0) {
            return i;
        }
    }
    return NO_BLOB;
}

// Whether a slot is said to be damaged.
static bool complains(void)
{
    const esp_err_t *errors = node_head()->weights.slot_error;
    for (uint32_t i = 0; i < WEIGHTS_SLOTS; i++) {
        if (errors[i] != ESP_OK && errors[i] != ESP_ERR_NOT_FOUND) {
            return true;
        }
    }
    return false;
}

static bool says_which(uint32_t found)
{
    const weights_selection_t *weights = &node_head()->weights;
    uint32_t crc;
    memcpy(&crc, blobs[found].bytes + blobs[found].len - sizeof crc, sizeof crc);
    return weights->crc == crc && (weights->source == WEIGHTS_EMBEDDED) == (found == EMBEDDED);
}

static const char *judge(demand_t demand)
{
    const uint32_t found = in_use();
    const bool is_old = found == memory.was && memory.told != TOLD_DONE;
    const bool is_new = found == memory.next && memory.told != TOLD_REFUSED;
    // What a damaged flash has refused may be there all the same.
    const bool is_late = found == memory.next && demand == WHOLE_OR_TOLD;
    memory.fell_back = !is_old && !is_new && !is_late;
    if (found == NO_BLOB) {
        return "the weights in use are no whole blob";
    }
    if (!says_which(found)) {
        return "the weights in use are not those that the node names";
    }
    if (memory.fell_back && demand == WHOLE) {
        return memory.told == TOLD_DONE ? "an update that was told as done is not there"
                                        : "the weights in use are neither the old nor the new";
    }
    if (memory.fell_back && !complains()) {
        return "other weights than those told are in use, and no slot is said to be damaged";
    }
    memory.before = found == memory.was ? memory.before : memory.was;
    memory.was = found;
    memory.told = TOLD_NOTHING;
    if (found == memory.next) {
        memory.next = NO_BLOB;
    }
    return NULL;
}

static bool fell_back(void)
{
    return memory.fell_back;
}

// Of each slot what header, record and blob take.
static uint32_t touched(void)
{
    return WEIGHTS_BLOB_OFFSET + blobs[0].len;
}

static uint32_t n_places(void)
{
    return WEIGHTS_SLOTS * touched();
}

static uint32_t place(uint32_t index)
{
    return WEIGHTS_BASE + weights_slot_offset(index / touched()) + index % touched();
}

const subject_t weights_subject = {
    .name = "weights",
    .states = states,
    .n_states = N_STATES,
    .memory = &memory,
    .memory_bytes = sizeof memory,
    .n_places = n_places,
    .place = place,
    .start = start,
    .boot = boot,
    .change = change,
    .judge = judge,
    .fell_back = fell_back,
};
