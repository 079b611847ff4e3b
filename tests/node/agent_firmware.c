// The whole agent on a machine that is played, with a firmware of a few bytes or with none.
#include <string.h>

#include "hil_agent.h"
#include "hil_export.h"
#include "machine_port.h"
#include "main_loop.h"

#define WIRE_LIST "agent_firmware_struct_list.h"
#include "wire_struct_types.h"
#define WIRE_LIST  "agent_firmware_struct_list.h"
#define WIRE_TABLE structs
#include "wire_struct_table.h"

#define WRITTEN (64u * 1024u)

// What the test calls.
void firmware_open(size_t n_lists, size_t report_len);
void firmware_take(const uint8_t *bytes, size_t len);

// What the test reads.
char firmware_written[WRITTEN];
uint32_t firmware_written_len;
uint32_t firmware_restores;

static const uint8_t *input; // [input_len]
static size_t input_len;
static uint8_t order;
static _Alignas(16) uint8_t arena[1024];
static uint8_t sha256[MACHINE_SHA256_BYTES];

static size_t uart_read(uint8_t *data, size_t max)
{
    const size_t len = input_len < max ? input_len : max;
    memcpy(data, input, len);
    input += len;
    input_len -= len;
    return len;
}

static void uart_write(const void *data, size_t len)
{
    if (firmware_written_len + len <= WRITTEN) {
        memcpy(firmware_written + firmware_written_len, data, len);
        firmware_written_len += (uint32_t)len;
    }
}

static uint64_t clock_us(void)
{
    return 1000;
}

static uint64_t cycles(void)
{
    static uint64_t counted;
    return counted += 7u;
}

static uint32_t zero(void)
{
    return 0;
}

static machine_heap_t heap(void)
{
    return (machine_heap_t){300, 200, 100};
}

static void watchdog(uint32_t timeout_ms)
{
    (void)timeout_ms;
}

static void idle(uint64_t max_us)
{
    (void)max_us;
}

static const machine_port_t port = {
    .target = "played",
    .chip = "none",
    .version = "1",
    .idf_version = "",
    .elf_sha256 = sha256,
    .boot_nonce = 77,
    .reset_reason = MACHINE_RESET_POWER_ON,
    .clock_us = clock_us,
    .idle = idle,
    .cycles = cycles,
    .uart_rx_bytes = 4096,
    .uart_read = uart_read,
    .uart_write = uart_write,
    .uart_overruns = zero,
    .watchdog = watchdog,
    .heap = heap,
    .stack_free = zero,
    .arena = arena,
    .arena_bytes = sizeof arena,
};

// ---- the firmware

static void fill_status(void *out)
{
    filter_status_t *const status = out;
    status->order = order; // overflows stay as they are
}

static void fill_boot(void *out)
{
    memcpy(out, "bessel", 6);
}

static void restore(const void *asked)
{
    filter_restore_req_t request;
    memcpy(&request, asked, sizeof request);
    order = request.order;
    firmware_restores++;
}

// More than one reply can tell of.
static const wire_field_t many_fields[200] = {[0 ... 199] = {"one_of_many_fields", 1}};
static const wire_struct_t wide = {"wide", 200, 200, many_fields};

static const agent_struct_list_t lists[] = {
    {structs, sizeof structs / sizeof structs[0]},
    {&wide, 1},
};

static agent_firmware_t filter = {
    .struct_lists = lists,
    .status = {sizeof(filter_status_t), fill_status},
    .boot_report = {sizeof(filter_boot_t), fill_boot},
    .restore_len = sizeof(filter_restore_req_t),
    .restore = restore,
};

// ---- functions that a test can call

void scale(const float *x, float *y, uint16_t n, float by); // x, y [n]
void negate(int16_t *x, int8_t n);                          // x [n]
uint64_t add(uint64_t a, int8_t b, double c);
uint32_t nothing(void);
void badly_declared(const uint8_t *x);
esp_err_t configure(uint8_t n);

void scale(const float *x, float *y, uint16_t n, float by)
{
    for (uint16_t i = 0; i < n; i++) {
        y[i] = x[i] * by;
    }
}

void negate(int16_t *x, int8_t n)
{
    for (int8_t i = 0; i < n; i++) {
        x[i] = (int16_t)-x[i];
    }
}

uint64_t add(uint64_t a, int8_t b, double c)
{
    return a + (uint64_t)b + (uint64_t)c;
}

uint32_t nothing(void)
{
    return 42;
}

void badly_declared(const uint8_t *x)
{
    (void)x;
}

esp_err_t configure(uint8_t n)
{
    return n ? ESP_ERR_INVALID_STATE : ESP_OK;
}

// clang-format off
#define SCALE(IN, OUT, IN_OUT, VALUE) \
    IN(float, x, n) OUT(float, y, n) VALUE(uint16_t, n) VALUE(float, by)
#define NEGATE(IN, OUT, IN_OUT, VALUE) IN_OUT(int16_t, x, n) VALUE(int8_t, n)
#define ADD(IN, OUT, IN_OUT, VALUE) VALUE(uint64_t, a) VALUE(int8_t, b) VALUE(double, c)
#define NOTHING(IN, OUT, IN_OUT, VALUE)
#define BADLY_DECLARED(IN, OUT, IN_OUT, VALUE) IN(uint8_t, x, size)
#define CONFIGURE(IN, OUT, IN_OUT, VALUE) VALUE(uint8_t, n)
// clang-format on
HIL_EXPORT(scale, SCALE);
HIL_EXPORT(negate, NEGATE);
HIL_EXPORT_RESULT(uint64_t, add, ADD);
HIL_EXPORT_RESULT(uint32_t, nothing, NOTHING);
HIL_EXPORT(badly_declared, BADLY_DECLARED);
HIL_EXPORT_STATUS(configure, CONFIGURE);

// ---- what the test calls

// n_lists: of structs; 0: without the filter. report_len: of its part of the boot report.
void firmware_open(size_t n_lists, size_t report_len)
{
    machine_init(&port);
    filter.n_struct_lists = n_lists;
    filter.boot_report.len = report_len;
    hil_agent_start(n_lists ? &filter : NULL);
    hil_agent_announce();
}

void firmware_take(const uint8_t *bytes, size_t len)
{
    input = bytes;
    input_len = len;
    while (input_len > 0) {
        main_loop_step();
    }
}
