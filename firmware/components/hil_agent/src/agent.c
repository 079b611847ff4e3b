// Receives lines, executes each request once, and answers it.
#include <string.h>

#include "agent.h"
#include "machine_log.h"
#include "machine_port.h"
#include "main_loop.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define READ_CHUNK   512u

static const agent_command_t *const own_groups[] = {
    agent_session_commands,
    agent_arena_commands,
    agent_export_commands,
};

static struct {
    char text[HIL_MAX_LINE]; // [len] what has come of the line
    size_t len;
    bool overlong;
} line;

static uint32_t event_seq;
static agent_io_t io;
static _Alignas(8) uint8_t request_payload[HIL_MAX_PAYLOAD];

void agent_event(const char *name, const void *payload, size_t len)
{
    static char text[HIL_MAX_LINE];
    machine_lock();
    const size_t text_len = agent_format_event(text, ++event_seq, name, payload, len);
    machine_port->uart_write(text, text_len);
    machine_unlock();
}

static void write_line(const char *text, size_t len)
{
    machine_lock();
    machine_port->uart_write(text, len);
    machine_unlock();
}

// Answers a request that was not executed. The answer is not kept.
static void refuse(uint32_t id, esp_err_t err, const char *why)
{
    static char text[HIL_MAX_LINE];
    write_line(text,
               agent_format_reply(text, id, (uint32_t)err, (const uint8_t *)why, strlen(why)));
}

static const agent_command_t *find_in(const agent_command_t *const *groups /*[n]*/, size_t n,
                                      const char *name)
{
    for (size_t g = 0; g < n; g++) {
        for (const agent_command_t *command = groups[g]; command->name; command++) {
            if (strcmp(command->name, name) == 0) {
                return command;
            }
        }
    }
    return NULL;
}

static const agent_command_t *find_command(const char *name)
{
    const agent_command_t *own = find_in(own_groups, ARRAY_LEN(own_groups), name);
    return own ? own : find_in(agent_state.firmware->groups, agent_state.firmware->n_groups, name);
}

static esp_err_t execute(const agent_request_t *request)
{
    io.out_len = 0;
    io.after = NULL;
    const agent_command_t *command = find_command(request->command);
    if (!command) {
        agent_state.counters.unknown_commands++;
        return agent_fail(&io, ESP_ERR_NOT_FOUND, "unknown command %s", request->command);
    }
    size_t len = 0;
    const bool empty = request->payload_len == 1u && request->payload[0] == '-';
    if (!empty) {
        len = base85_decode(request->payload, request->payload_len, request_payload,
                            sizeof request_payload);
        if (len == BASE85_INVALID) {
            const bool large = request->payload_len > BASE85_ENCODED_LEN(HIL_MAX_PAYLOAD);
            return agent_fail(&io, large ? ESP_ERR_INVALID_SIZE : ESP_ERR_INVALID_ARG,
                              large ? "payload too long" : "payload is not base85");
        }
    }
    if (command->has_tail ? len < command->fixed_len : len != command->fixed_len) {
        return agent_fail(&io, ESP_ERR_INVALID_SIZE, "%s takes %u bytes%s, got %u", command->name,
                          (unsigned)command->fixed_len, command->has_tail ? " or more" : "",
                          (unsigned)len);
    }
    if (!command->handler) {
        return agent_fail(&io, ESP_ERR_NOT_SUPPORTED, "this image is built without %s",
                          command->name);
    }
    io.in = request_payload;
    io.tail = request_payload + command->fixed_len;
    io.tail_len = len - command->fixed_len;
    return command->handler(&io);
}

static void execute_and_answer(const agent_request_t *request, bool keep)
{
    static char text[HIL_MAX_LINE];
    const esp_err_t err = execute(request);
    char *const out = keep ? reply_cache_slot(request->id) : text;
    const size_t len = agent_format_reply(out, request->id, (uint32_t)err, io.out, io.out_len);
    if (keep) {
        reply_cache_set_len(request->id, len);
    }
    write_line(out, len);
    if (io.after) {
        machine_port->uart_flush();
        io.after();
    }
}

static void handle_request(const agent_request_t *request)
{
    size_t cached_len;
    agent_state.counters.lines_ok++;
    if (strcmp(request->command, "hello") == 0) {
        execute_and_answer(request, false);
        return;
    }
    const char *cached = reply_cache_find(request->id, &cached_len);
    if (cached) {
        agent_state.counters.replays++;
        write_line(cached, cached_len);
        return;
    }
    if (request->id == 0 || (int32_t)(request->id - agent_state.last_id) <= 0) {
        agent_state.counters.stale_ids++;
        refuse(request->id, ESP_ERR_INVALID_STATE, "stale id");
        return;
    }
    agent_state.last_id = request->id;
    execute_and_answer(request, true);
}

static void handle_line(void)
{
    agent_request_t request;
    size_t len = line.len;
    if (len > 0 && line.text[len - 1u] == '\r') {
        len--;
    }
    const agent_line_kind_t kind = agent_parse_line(line.text, len, &request);
    if (line.overlong) {
        agent_state.counters.lines_overlong++;
        if (kind == LINE_BAD_CRC || kind == LINE_REQUEST) {
            refuse(request.id, ESP_ERR_INVALID_SIZE, "line too long");
        }
    } else if (kind == LINE_REQUEST) {
        handle_request(&request);
    } else if (kind == LINE_BAD_CRC) {
        agent_state.counters.lines_bad_crc++;
        refuse(request.id, ESP_ERR_INVALID_CRC, "bad CRC");
    } else if (kind == LINE_GARBAGE) {
        agent_state.counters.lines_garbage++;
    }
    line.len = 0;
    line.overlong = false;
}

// Adds bytes to the line. There is no newline in them.
static void extend_line(const char *text, size_t len)
{
    const size_t room = sizeof line.text - 1u - line.len; // the newline counts too
    if (len > room) {
        line.overlong = true;
        len = room;
    }
    memcpy(line.text + line.len, text, len);
    line.len += len;
}

static bool poll(void)
{
    static char chunk[READ_CHUNK];
    const size_t len = machine_port->uart_read((uint8_t *)chunk, sizeof chunk);
    const char *at = chunk;
    const char *const end = chunk + len;
    agent_state.counters.rx_bytes += (uint32_t)len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        extend_line(at, (size_t)((newline ? newline : end) - at));
        if (!newline) {
            break;
        }
        machine_port->watchdog(MACHINE_WATCHDOG_MS);
        handle_line();
        main_loop_run_due();
        at = newline + 1;
    }
    return len > 0;
}

void hil_agent_start(const agent_firmware_t *firmware)
{
    if (firmware) {
        agent_state.firmware = firmware;
    }
    main_loop_attach_console(poll);
}

void hil_agent_announce(void)
{
    if (agent_boot_report(&io) == ESP_OK) {
        agent_event("boot", io.out, io.out_len);
    } else {
        MACHINE_LOGE("agent", "no boot report: %.*s", (int)io.out_len, (const char *)io.out);
    }
}
