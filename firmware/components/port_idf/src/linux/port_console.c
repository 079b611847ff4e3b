// The console on standard input and output, a pipe or a terminal.
#include "port_parts.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

// What one call of read() brought. Such calls are slow, because FreeRTOS's signals interrupt them.
static struct {
    uint8_t bytes[CONSOLE_RX_BYTES];
    size_t at;
    size_t end;
} received;

static void make_terminal_raw(void)
{
    struct termios settings;
    if (tcgetattr(STDIN_FILENO, &settings) == 0) {
        settings.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | ISTRIP | IXON);
        settings.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN); // Ctrl-C still ends the process
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &settings);
    }
}

static short events_within(int timeout_ms)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, timeout_ms) > 0 ? input.revents : 0; // 0: time is up, or a tick came
}

// A UART loses what arrives while its chip is in reset.
static void drop_input(void)
{
    uint8_t lost[256];
    while (events_within(0) & POLLIN && read(STDIN_FILENO, lost, sizeof lost) > 0) {
    }
}

void port_console_open(void)
{
    make_terminal_raw();
    if (port_reset_reason() != MACHINE_RESET_POWER_ON) {
        drop_input();
    }
}

static void receive(void)
{
    if (events_within(0) == 0) {
        return;
    }
    const ssize_t got = read(STDIN_FILENO, received.bytes, sizeof received.bytes);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) {
        _exit(0); // whoever held the other end is gone
    }
    received.at = 0;
    received.end = got > 0 ? (size_t)got : 0;
}

size_t port_console_read(uint8_t *data, size_t max)
{
    if (received.at == received.end) {
        receive();
    }
    const size_t there = received.end - received.at;
    const size_t n = there < max ? there : max;
    memcpy(data, received.bytes + received.at, n);
    received.at += n;
    return n;
}

void port_console_write(const void *data, size_t len)
{
    const char *bytes = data;
    while (len > 0) {
        const ssize_t sent = write(STDOUT_FILENO, bytes, len);
        if (sent < 0 && errno != EINTR && errno != EAGAIN) {
            _exit(0); // whoever held the other end is gone
        }
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
        }
    }
}

void port_console_flush(void)
{
}

uint32_t port_console_overruns(void)
{
    return 0; // nothing is lost: the other end waits
}

// Blocks the whole process between ticks. Other tasks run all the same, since each tick looks for
// one that is ready.
void port_console_idle(uint64_t max_us)
{
    if (received.at != received.end) {
        return;
    }
    const uint64_t ms = (max_us + 999u) / 1000u;
    (void)events_within(ms < 1000u ? (int)ms : 1000);
}
