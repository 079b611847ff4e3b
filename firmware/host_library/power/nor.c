#include "nor.h"

#include <string.h>

#define NO_OP UINT32_MAX
#define ROW   32u // bytes whose bits have much in common

typedef struct {
    uint32_t offset;
    uint32_t len;
    bool erases;
    uint8_t data[NOR_PAGE]; // [len] of a program
} operation_t;

uint8_t nor_memory[NOR_BYTES];
jmp_buf nor_power_off;

static nor_plan_t armed = {.op = NO_OP};
static nor_log_t done;
static operation_t late;
static bool has_late;
static uint32_t random_state = 1;

static struct {
    uint32_t offset;
    uint8_t mask; // 0: none
    bool one;
} stuck;
static uint8_t worn[NOR_BYTES]; // bits that an erase leaves

void nor_seed(uint32_t seed)
{
    random_state = seed * 2654435761u + 1u;
    if (random_state == 0) {
        random_state = 1;
    }
}

static uint8_t random_byte(void) // xorshift32
{
    random_state ^= random_state << 13u;
    random_state ^= random_state >> 17u;
    random_state ^= random_state << 5u;
    return (uint8_t)(random_state >> 24u);
}

static void apply_stuck(void)
{
    uint8_t *byte = &nor_memory[stuck.offset];
    *byte = (uint8_t)(stuck.one ? *byte | stuck.mask : *byte & ~stuck.mask);
}

// Which bits of a ragged operation are left alone: row by row all of them, none, or any.
static uint8_t spared_bits(uint32_t i)
{
    static uint8_t row;
    if (i % ROW == 0) {
        row = random_byte() % 3u;
    }
    const uint8_t any = random_byte();
    return row == 0 ? 0xFF : row == 1 ? 0 : any;
}

static void apply(const operation_t *op, uint32_t bytes, bool ragged)
{
    for (uint32_t i = 0; i < op->len; i++) {
        uint8_t *byte = &nor_memory[op->offset + i];
        if (i >= bytes && !ragged) {
            break;
        }
        const uint8_t spared = ragged ? spared_bits(i) & (i < bytes ? 0 : 0xFF) : 0;
        if (op->erases) {
            const uint8_t kept = (uint8_t)(spared | worn[op->offset + i]);
            *byte = (uint8_t)(*byte | (uint8_t)~kept);
        } else {
            *byte = (uint8_t)(*byte & (op->data[i] | spared));
        }
    }
    apply_stuck();
}

static void make_up_for_late(void)
{
    if (has_late) {
        has_late = false;
        apply(&late, late.len, false);
    }
}

static void run_planned(const operation_t *op)
{
    switch (armed.event) {
    case NOR_NOTHING:
        apply(op, op->len, false);
        break;
    case NOR_CUT:
        apply(op, armed.bytes, armed.ragged);
        longjmp(nor_power_off, 1);
    case NOR_SHORT:
        apply(op, armed.bytes, armed.ragged);
        break;
    case NOR_LATE:
    case NOR_LATE_CUT:
        late = *op;
        has_late = true;
        break;
    }
}

static void run(const operation_t *op)
{
    const uint32_t number = done.count;
    if (number < NOR_MAX_OPS) {
        done.bytes[number] = (uint16_t)op->len;
        done.erases[number] = op->erases;
        done.count++;
    }
    if (number == armed.op) {
        run_planned(op);
        return;
    }
    apply(op, op->len, false);
    if (has_late && armed.event == NOR_LATE_CUT) {
        has_late = false;
        longjmp(nor_power_off, 1);
    }
    make_up_for_late();
}

void nor_arm(const nor_plan_t *plan)
{
    armed = *plan;
    done.count = 0;
    has_late = false;
}

void nor_disarm(void)
{
    make_up_for_late();
    armed = (nor_plan_t){.op = NO_OP};
}

const nor_log_t *nor_log(void)
{
    return &done;
}

void nor_stick(uint32_t offset, uint8_t mask, bool one)
{
    stuck.offset = offset;
    stuck.mask = mask;
    stuck.one = one;
    apply_stuck();
}

void nor_wear(uint32_t sector, uint32_t seed)
{
    nor_seed(seed);
    for (uint32_t i = 0; i < NOR_SECTOR; i++) { // one bit in sixteen
        const uint8_t some = random_byte() & random_byte();
        worn[sector * NOR_SECTOR + i] = (uint8_t)(some & random_byte() & random_byte());
    }
}

void nor_mend(void)
{
    stuck.mask = 0;
    memset(worn, 0, sizeof worn);
}

esp_err_t nor_write(uint32_t offset, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    if (offset > NOR_BYTES || len > NOR_BYTES - offset) {
        return ESP_ERR_INVALID_SIZE;
    }
    while (len > 0) {
        const uint32_t room = NOR_PAGE - offset % NOR_PAGE;
        operation_t op = {.offset = offset, .len = len < room ? (uint32_t)len : room};
        memcpy(op.data, bytes, op.len);
        run(&op);
        offset += op.len;
        bytes += op.len;
        len -= op.len;
    }
    return ESP_OK;
}

esp_err_t nor_erase(uint32_t offset, size_t len)
{
    if (offset % NOR_SECTOR != 0 || len % NOR_SECTOR != 0 || offset > NOR_BYTES ||
        len > NOR_BYTES - offset) {
        return ESP_ERR_INVALID_SIZE;
    }
    for (uint32_t at = 0; at < len; at += NOR_SECTOR) {
        const operation_t op = {.offset = offset + at, .len = NOR_SECTOR, .erases = true};
        run(&op);
    }
    return ESP_OK;
}
