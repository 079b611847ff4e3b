// The functions that HIL_EXPORT has made callable: the list of them, and calls.
#include <stdbool.h>
#include <string.h>

#include "agent.h"
#include "crc32_ieee.h"
#include "hil_export.h"
#include "machine_port.h"

#define RESULT_BYTES 8u

_Static_assert(RESULT_BYTES == sizeof((hil_call_reply_t *)0)->result, "the reply has room for it");

static hil_export_t *first;

// The list is in the order of the names, so that it does not depend on the linker.
void hil_export_add(hil_export_t *added)
{
    hil_export_t **at = &first;
    while (*at && strcmp((*at)->name, added->name) < 0) {
        at = &(*at)->next;
    }
    added->next = *at;
    *at = added;
}

static uint16_t count(void)
{
    uint16_t n = 0;
    for (const hil_export_t *one = first; one; one = one->next) {
        n++;
    }
    return n;
}

static const hil_export_t *find(uint16_t index)
{
    const hil_export_t *one = first;
    for (uint16_t i = 0; one && i < index; i++) {
        one = one->next;
    }
    return one;
}

static esp_err_t none_there(uint16_t index, agent_io_t *io)
{
    return agent_fail(io, ESP_ERR_NOT_FOUND, "index %u: this image exports %u functions", index,
                      (unsigned)count());
}

static bool append(agent_io_t *io, const void *entry, size_t len, const char *name)
{
    return agent_append_named(io, entry, len, name) == ESP_OK;
}

static bool append_argument(agent_io_t *io, const hil_argument_t *argument)
{
    const hil_export_argument_t told = {
        .type = argument->type,
        .kind = argument->kind,
        .name_len = (uint8_t)strlen(argument->name),
        .length_len = (uint8_t)strlen(argument->length),
    };
    return append(io, &told, sizeof told, argument->name) && append(io, "", 0, argument->length);
}

static esp_err_t describe(agent_io_t *io)
{
    const hil_export_req_t *asked = io->in;
    const hil_export_t *one = find(asked->index);
    if (!one) {
        return none_there(asked->index, io);
    }
    const hil_export_head_t head = {
        .total = count(),
        .index = asked->index,
        .result = one->result == HIL_RESULT_STATUS ? 0u : one->result,
        .n_arguments = one->n_arguments,
        .name_len = (uint8_t)strlen(one->name),
    };
    bool fits = append(io, &head, sizeof head, one->name);
    for (size_t i = 0; fits && i < one->n_arguments; i++) {
        fits = append_argument(io, &one->arguments[i]);
    }
    return fits ? ESP_OK
                : agent_fail(io, ESP_ERR_INVALID_SIZE, "the names of %s are too long", one->name);
}

typedef struct {
    const hil_export_t *function;
    hil_call_place_t asked[HIL_EXPORT_MAX_ARGUMENTS];
    void *places[HIL_EXPORT_MAX_ARGUMENTS];
} call_t;

static uint32_t element_bytes(const hil_argument_t *argument)
{
    return argument->type & HIL_TYPE_SIZE;
}

// Finds the arguments. Each has to lie in the arena, aligned, and to consist of whole elements.
static esp_err_t place(call_t *call, agent_io_t *io)
{
    for (size_t i = 0; i < call->function->n_arguments; i++) {
        const hil_argument_t *argument = &call->function->arguments[i];
        const uint32_t bytes = element_bytes(argument);
        const uint32_t len = call->asked[i].len;
        const bool is_value = argument->kind == HIL_ARGUMENT_VALUE;
        if (is_value ? len != bytes : len % bytes != 0) {
            return agent_fail(io, ESP_ERR_INVALID_SIZE, "%s: %u bytes, but an element takes %u",
                              argument->name, (unsigned)len, (unsigned)bytes);
        }
        call->places[i] = agent_arena(call->asked[i].offset, len, bytes);
        if (!call->places[i]) {
            return agent_fail(
                io, ESP_ERR_INVALID_SIZE,
                "%s: %u bytes at offset %u: not within the scratch memory, or not aligned",
                argument->name, (unsigned)len, (unsigned)call->asked[i].offset);
        }
    }
    return ESP_OK;
}

// The bits of an integer. A negative one becomes a number that is larger than any length.
static uint64_t unsigned_of(const void *value, uint32_t bytes)
{
    uint64_t bits = 0;
    memcpy(&bits, value, bytes); // every machine here is little-endian
    return bits;
}

static bool is_number(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9') {
            return false;
        }
        value = value * 10u + (uint64_t)(*at - '0');
    }
    *out = value;
    return *text != '\0';
}

// How many elements an array has to have. Returns false where its declaration is wrong.
static bool length_of(const call_t *call, const char *length, uint64_t *out)
{
    if (is_number(length, out)) {
        return true;
    }
    for (size_t i = 0; i < call->function->n_arguments; i++) {
        const hil_argument_t *argument = &call->function->arguments[i];
        const bool is_integer =
            argument->kind == HIL_ARGUMENT_VALUE && !(argument->type & HIL_TYPE_FLOAT);
        if (is_integer && strcmp(argument->name, length) == 0) {
            *out = unsigned_of(call->places[i], element_bytes(argument));
            return true;
        }
    }
    return false;
}

static esp_err_t check_lengths(const call_t *call, agent_io_t *io)
{
    for (size_t i = 0; i < call->function->n_arguments; i++) {
        const hil_argument_t *argument = &call->function->arguments[i];
        if (argument->kind == HIL_ARGUMENT_VALUE) {
            continue;
        }
        uint64_t wanted;
        if (!length_of(call, argument->length, &wanted)) {
            return agent_fail(io, ESP_ERR_INVALID_ARG,
                              "%s: its length %s is neither a number nor an integer argument",
                              argument->name, argument->length);
        }
        const uint32_t elements = call->asked[i].len / element_bytes(argument);
        if (elements != wanted) {
            return agent_fail(io, ESP_ERR_INVALID_SIZE, "%s: %u elements, but its length is %s",
                              argument->name, (unsigned)elements, argument->length);
        }
    }
    return ESP_OK;
}

static bool is_written(const hil_argument_t *argument)
{
    return argument->kind == HIL_ARGUMENT_OUT || argument->kind == HIL_ARGUMENT_IN_OUT;
}

static uint32_t crc_of(const call_t *call, size_t i)
{
    return crc32_ieee(0, call->places[i], call->asked[i].len);
}

// Compares each argument that the function reads with the CRC of what the host sent.
static esp_err_t check_contents(const call_t *call, agent_io_t *io)
{
    for (size_t i = 0; i < call->function->n_arguments; i++) {
        const hil_argument_t *argument = &call->function->arguments[i];
        if (argument->kind != HIL_ARGUMENT_OUT && crc_of(call, i) != call->asked[i].crc) {
            return agent_fail(io, ESP_ERR_INVALID_CRC,
                              "%s: the scratch memory does not hold what was sent", argument->name);
        }
    }
    return ESP_OK;
}

// Calls the function. The reply has its costs, its result, and the CRC of each array that it wrote.
static esp_err_t run(const call_t *call, agent_io_t *io)
{
    _Alignas(8) uint8_t result[RESULT_BYTES] = {0};
    hil_call_reply_t answer = {0};
    machine_port->watchdog(MACHINE_WATCHDOG_MS);
    if (machine_port->stack_depth) {
        (void)machine_port->stack_depth(true);
    }
    const uint64_t before = machine_port->cycles();
    call->function->call(call->places, result);
    answer.cycles = machine_port->cycles() - before;
    if (machine_port->stack_depth) {
        answer.stack_known = 1;
        answer.stack_bytes = machine_port->stack_depth(false);
    }
    if (call->function->result == HIL_RESULT_STATUS) {
        esp_err_t status;
        memcpy(&status, result, sizeof status);
        if (status) {
            return agent_fail(io, status, "%s returned this error", call->function->name);
        }
    } else {
        memcpy(answer.result, result, sizeof answer.result);
    }
    (void)agent_answer(io, &answer, sizeof answer);
    for (size_t i = 0; i < call->function->n_arguments; i++) {
        if (is_written(&call->function->arguments[i])) {
            const uint32_t crc = crc_of(call, i);
            (void)agent_append(io, &crc, sizeof crc); // there is room for HIL_EXPORT_MAX_ARGUMENTS
        }
    }
    return ESP_OK;
}

static esp_err_t call(agent_io_t *io)
{
    const hil_call_req_t *asked = io->in;
    static call_t made;
    made.function = find(asked->index);
    if (!made.function) {
        return none_there(asked->index, io);
    }
    const size_t n = made.function->n_arguments;
    if (asked->n_arguments != n || io->tail_len != n * sizeof made.asked[0]) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "%s takes %u arguments", made.function->name,
                          (unsigned)n);
    }
    memcpy(made.asked, io->tail, io->tail_len);
    esp_err_t err = place(&made, io);
    err = err ? err : check_contents(&made, io);
    err = err ? err : check_lengths(&made, io);
    return err ? err : run(&made, io);
}

const agent_command_t agent_export_commands[] = {
    {"export", sizeof(hil_export_req_t), false, describe},
    {"call", sizeof(hil_call_req_t), true, call},
    {0},
};
