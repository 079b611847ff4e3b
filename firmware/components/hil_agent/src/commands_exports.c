// export, call: the functions that HIL_EXPORT has made callable.
#include <stdbool.h>
#include <string.h>

#include "agent.h"
#include "hil_export.h"
#include "machine_port.h"

#define RESULT_BYTES 8u

_Static_assert(RESULT_BYTES == sizeof((hil_call_reply_t *)0)->result, "the reply has room for it");

static hil_export_t *first;

// By name, so that the order is the same whatever the linker does.
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

static esp_err_t none_there(uint16_t index, agent_reply_t *reply)
{
    return agent_fail(reply, ESP_ERR_NOT_FOUND, "index %u: this image exports %u functions", index,
                      (unsigned)count());
}

static bool append(agent_reply_t *reply, const void *data, size_t len)
{
    return agent_append(reply, data, len) == ESP_OK;
}

static bool append_argument(agent_reply_t *reply, const hil_argument_t *argument)
{
    const hil_export_argument_t told = {
        .type = argument->type,
        .kind = argument->kind,
        .name_len = (uint8_t)strlen(argument->name),
        .length_len = (uint8_t)strlen(argument->length),
    };
    return append(reply, &told, sizeof told) && append(reply, argument->name, told.name_len) &&
           append(reply, argument->length, told.length_len);
}

static esp_err_t describe(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_export_req_t asked;
    memcpy(&asked, request, len);
    const hil_export_t *one = find(asked.index);
    if (!one) {
        return none_there(asked.index, reply);
    }
    const hil_export_head_t head = {
        .total = count(),
        .index = asked.index,
        .result = one->result,
        .n_arguments = one->n_arguments,
        .name_len = (uint8_t)strlen(one->name),
    };
    bool fits = append(reply, &head, sizeof head) && append(reply, one->name, head.name_len);
    for (size_t i = 0; fits && i < one->n_arguments; i++) {
        fits = append_argument(reply, &one->arguments[i]);
    }
    return fits
               ? ESP_OK
               : agent_fail(reply, ESP_ERR_INVALID_SIZE, "the names of %s are too long", one->name);
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

// Each argument lies in the arena, aligned, in whole elements.
static esp_err_t place(call_t *call, agent_reply_t *reply)
{
    for (size_t i = 0; i < call->function->n_arguments; i++) {
        const hil_argument_t *argument = &call->function->arguments[i];
        const uint32_t bytes = element_bytes(argument);
        const uint32_t len = call->asked[i].len;
        const bool is_value = argument->kind == HIL_ARGUMENT_VALUE;
        if (is_value ? len != bytes : len % bytes != 0) {
            return agent_fail(reply, ESP_ERR_INVALID_SIZE, "%s: %u bytes, an element has %u",
                              argument->name, (unsigned)len, (unsigned)bytes);
        }
        call->places[i] = agent_arena(call->asked[i].offset, len, bytes);
        if (!call->places[i]) {
            return agent_fail(reply, ESP_ERR_INVALID_SIZE,
                              "%s: no place for %u bytes at %u of the scratch memory",
                              argument->name, (unsigned)len, (unsigned)call->asked[i].offset);
        }
    }
    return ESP_OK;
}

// The bits of an integer; a negative one is more than any length.
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

// The elements that an array has to have.
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

static esp_err_t check_lengths(const call_t *call, agent_reply_t *reply)
{
    for (size_t i = 0; i < call->function->n_arguments; i++) {
        const hil_argument_t *argument = &call->function->arguments[i];
        if (argument->kind == HIL_ARGUMENT_VALUE) {
            continue;
        }
        uint64_t wanted;
        if (!length_of(call, argument->length, &wanted)) {
            return agent_fail(reply, ESP_ERR_INVALID_ARG,
                              "%s: its length %s is neither a number nor an integer argument",
                              argument->name, argument->length);
        }
        const uint32_t elements = call->asked[i].len / element_bytes(argument);
        if (elements != wanted) {
            return agent_fail(reply, ESP_ERR_INVALID_SIZE, "%s: %u elements, and %s says otherwise",
                              argument->name, (unsigned)elements, argument->length);
        }
    }
    return ESP_OK;
}

static hil_call_reply_t run(const call_t *call)
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
    memcpy(answer.result, result, sizeof answer.result);
    return answer;
}

static esp_err_t call(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_call_req_t asked;
    static call_t made;
    memcpy(&asked, request, sizeof asked);
    made.function = find(asked.index);
    if (!made.function) {
        return none_there(asked.index, reply);
    }
    const size_t n = made.function->n_arguments;
    if (asked.n_arguments != n || len - sizeof asked != n * sizeof made.asked[0]) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "%s takes %u arguments", made.function->name,
                          (unsigned)n);
    }
    memcpy(made.asked, request + sizeof asked, len - sizeof asked);
    esp_err_t err = place(&made, reply);
    if (!err) {
        err = check_lengths(&made, reply);
    }
    if (!err) {
        const hil_call_reply_t answer = run(&made);
        agent_answer(reply, &answer, sizeof answer);
    }
    return err;
}

static const agent_command_t commands[] = {
    {"export", sizeof(hil_export_req_t), false, describe},
    {"call", sizeof(hil_call_req_t), true, call},
};

const agent_command_group_t agent_export_commands = {commands,
                                                     sizeof commands / sizeof commands[0]};
