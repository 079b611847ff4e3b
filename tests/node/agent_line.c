// The agent's lines without a node: bytes in, bytes out, and commands that a
// test can tell apart.
#include <string.h>

#include "agent.h"
#include "machine_log.h"
#include "machine_port.h"
#include "main_loop.h"

#define WRITTEN (64u * 1024u)

// What the test calls.
void line_open(void);
void line_take(const uint8_t *bytes, size_t len, size_t piece);
void line_announce(void);

// What the test reads.
char line_written[WRITTEN];
uint32_t line_written_len;
uint32_t line_lock_depth;
uint32_t line_written_without_lock;
uint32_t line_executed;
uint32_t line_fed; // times that the watchdog was fed
uint32_t line_run; // times that what was due was run
char line_order[16];

static main_loop_poll_t poll;
static const uint8_t *input; // [input_len]
static size_t input_len;
static size_t piece_len;

static size_t uart_read(uint8_t *data, size_t max)
{
    size_t len = input_len < piece_len ? input_len : piece_len;
    len = len < max ? len : max;
    memcpy(data, input, len);
    input += len;
    input_len -= len;
    return len;
}

static void uart_write(const void *data, size_t len)
{
    line_written_without_lock += line_lock_depth == 0;
    if (line_written_len + len <= WRITTEN) {
        memcpy(line_written + line_written_len, data, len);
        line_written_len += (uint32_t)len;
    }
    strcat(line_order, "w");
}

static void uart_flush(void)
{
    strcat(line_order, "f");
}

static void lock(void)
{
    line_lock_depth++;
}

static void unlock(void)
{
    line_lock_depth--;
}

static void watchdog(uint32_t timeout_ms)
{
    line_fed += timeout_ms == MACHINE_WATCHDOG_MS;
}

static const machine_port_t port = {
    .uart_read = uart_read,
    .uart_write = uart_write,
    .uart_flush = uart_flush,
    .watchdog = watchdog,
    .lock = lock,
    .unlock = unlock,
};

const machine_port_t *machine_port = &port;

void main_loop_attach_console(main_loop_poll_t to)
{
    poll = to;
}

void main_loop_run_due(void)
{
    line_run++;
}

void machine_log(char level, const char *tag, const char *format, ...)
{
    (void)level, (void)tag, (void)format;
}

esp_err_t agent_boot_report(agent_io_t *to)
{
    return agent_answer(to, "found", 5);
}

// ---- commands

static esp_err_t echo(agent_io_t *io)
{
    const uint8_t *request = io->in;
    line_executed++;
    return agent_answer(io, request, (size_t)(io->tail - request) + io->tail_len);
}

static esp_err_t refuse(agent_io_t *io)
{
    uint32_t width;
    memcpy(&width, io->in, sizeof width);
    return agent_fail(io, ESP_ERR_INVALID_ARG, "%0*u", (int)width, 7u);
}

static void after(void)
{
    strcat(line_order, "a");
}

static esp_err_t later(agent_io_t *io)
{
    io->after = after;
    return ESP_OK;
}

const agent_command_t agent_session_commands[] = {
    {"echo", 0, true, echo},     {"fixed", 4, false, echo},
    {"long", 4, true, echo},     {"refuse", 4, false, refuse},
    {"later", 0, false, later},  {"hello", 4, false, echo},
    {"missing", 0, false, NULL}, {0},
};

const agent_command_t agent_arena_commands[] = {{0}};
const agent_command_t agent_export_commands[] = {{0}};

static const agent_command_t last[] = {{"last", 0, false, echo}, {0}};

// What a firmware adds: a group without commands, and one with the last of all.
static const agent_command_t *const groups[] = {agent_arena_commands, last};

static const agent_firmware_t firmware = {.groups = groups, .n_groups = 2};

// ---- what the test calls

void line_open(void)
{
    hil_agent_start(&firmware);
}

// The UART brings them in pieces of so many bytes at most.
void line_take(const uint8_t *bytes, size_t len, size_t piece)
{
    input = bytes;
    input_len = len;
    piece_len = piece;
    line_order[0] = '\0';
    while (poll()) {
    }
}

void line_announce(void)
{
    hil_agent_announce();
}
