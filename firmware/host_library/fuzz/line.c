// Bytes on the console of the agent. The first two say in which pieces they come, and whether the
// CRC at the end of each line is made right.
#include "agent.h"
#include "crc32_ieee.h"
#include "fuzz.h"
#include "machine_log.h"
#include "machine_port.h"
#include "main_loop.h"

#define CRC_TEXT  8u
#define MAX_INPUT (3u * HIL_MAX_LINE)

static main_loop_poll_t poll;
static input_t console;
static size_t piece;
static uint32_t replies, depth;

static size_t uart_read(uint8_t *data, size_t max)
{
    size_t len = console.left < piece ? console.left : piece;
    len = len < max ? len : max;
    take(&console, data, len);
    return len;
}

// Whole lines, each with its CRC.
static void uart_write(const void *data, size_t len)
{
    const char *text = data;
    char crc[CRC_TEXT + 1u];
    REQUIRE(depth == 1u && len > CRC_TEXT + 3u && len <= HIL_MAX_LINE);
    REQUIRE(memchr(text, '\n', len) == text + len - 1u && memcmp(text, "#< ", 3) == 0);
    const size_t body = len - 1u - CRC_TEXT;
    (void)snprintf(crc, sizeof crc, "%08x", (unsigned)crc32_ieee(0, text, body));
    REQUIRE(memcmp(crc, text + body, CRC_TEXT) == 0);
    replies++;
}

static void uart_flush(void)
{
}

static void lock(void)
{
    depth++;
}

static void unlock(void)
{
    depth--;
}

static void watchdog(uint32_t timeout_ms)
{
    (void)timeout_ms;
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
}

void machine_log(char level, const char *tag, const char *format, ...)
{
    (void)level, (void)tag, (void)format;
}

esp_err_t agent_boot_report(agent_io_t *io)
{
    return agent_append_named(io, "\1\2\3", 3, "boot");
}

// ---- commands

static esp_err_t echo(agent_io_t *io)
{
    return agent_append(io, io->in, (size_t)(io->tail - (const uint8_t *)io->in) + io->tail_len);
}

// Twice, which may be more than there is room for.
static esp_err_t twice(agent_io_t *io)
{
    const esp_err_t err = echo(io);
    return err ? err : echo(io);
}

static esp_err_t refuse(agent_io_t *io)
{
    uint32_t width;
    memcpy(&width, io->in, sizeof width);
    return agent_fail(io, ESP_ERR_INVALID_ARG, "%0*u", (int)(width % 4096u), 7u);
}

static void fill(void *out)
{
    memset(out, 7, 64);
}

static esp_err_t add(agent_io_t *io)
{
    const agent_addition_t with = {64, fill}, without = {2048, NULL};
    io->after = uart_flush;
    const esp_err_t err = agent_add(io, io->tail_len % 2u ? &with : &without);
    return err ? err : agent_add(io, &with);
}

const agent_command_t agent_session_commands[] = {
    {"hello", 0, true, echo}, {"echo", 0, true, echo}, {"fixed", 4, false, echo}, {0}};
const agent_command_t agent_arena_commands[] = {{"twice", 4, true, twice}, {0}};
const agent_command_t agent_export_commands[] = {{0}};
static const agent_command_t own[] = {
    {"refuse", 4, false, refuse}, {"add", 0, true, add}, {"absent", 0, false, NULL}, {0}};
static const agent_command_t *const groups[] = {own};
static const agent_firmware_t firmware = {.groups = groups, .n_groups = 1};

// ---- the target

// The last eight characters of each line become the CRC of what is before them, from its marker on.
static void repair(char *text /*[len]*/, size_t len)
{
    for (char *line = text, *end; (end = memchr(line, '\n', len)) != NULL; line = end + 1) {
        const size_t length = (size_t)(end - line);
        char *marker = memmem(line, length, "#> ", 3);
        if (marker && (size_t)(end - marker) > CRC_TEXT + 3u) {
            char crc[CRC_TEXT + 1u];
            const size_t body = (size_t)(end - marker) - CRC_TEXT;
            (void)snprintf(crc, sizeof crc, "%08x", (unsigned)crc32_ieee(0, marker, body));
            memcpy(end - CRC_TEXT, crc, CRC_TEXT);
        }
        len -= length + 1u;
    }
}

// As after a boot.
static void start(const agent_firmware_t *with)
{
    hil_agent_start(with);
    agent_state.last_id = 0;
    memset(&agent_state.counters, 0, sizeof agent_state.counters);
    for (uint32_t i = 0; i < HIL_REPLY_CACHE; i++) {
        (void)reply_cache_slot(0);
    }
    replies = 0;
}

static void hear(const uint8_t *bytes /*[len]*/, size_t len)
{
    console = (input_t){bytes, len};
    while (poll()) {
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    input_t input = {data, len};
    const uint8_t how = take_u8(&input);
    piece = 1u + 4u * take_u8(&input);
    if (input.left > MAX_INPUT) {
        return 0;
    }
    uint8_t *const bytes = copy_of(input.at, input.left);
    if (how & 1u) {
        repair((char *)bytes, input.left);
    }
    start(how & 2u ? NULL : &firmware);
    hear(bytes, input.left);
    hear((const uint8_t *)"\n", 1);
    const agent_counters_t *told = &agent_state.counters;
    const uint32_t answered = told->lines_ok + told->lines_bad_crc;
    REQUIRE(replies >= answered && replies <= answered + told->lines_overlong);
    REQUIRE(told->replays + told->stale_ids + told->unknown_commands <= told->lines_ok);
    REQUIRE(told->rx_bytes == input.left + 1u && depth == 0);
    free(bytes);
    return 0;
}
