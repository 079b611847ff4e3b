// The console on file descriptors: pipes, or a terminal.
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host_port.h"

// A pipe that is writable takes so many bytes at once without blocking.
#define WRITE_PIECE 4096u
// When the host does not read for so long, output is dropped, so that the node goes on.
#define STUCK_MS 10000
#define POLL_MS  500

static int in_fd;
static int out_fd;
static uint8_t ring[CONSOLE_RX_BYTES];
static size_t ring_head; // counts bytes ever written
static size_t ring_tail; // counts bytes ever read
static bool at_end;      // of the input
static bool far_end_stuck;

void console_start(int in, int out)
{
    in_fd = in;
    out_fd = out;
    panic_write_to(out);
}

static size_t ring_room(void)
{
    return CONSOLE_RX_BYTES - (ring_head - ring_tail);
}

// Reads what the descriptor has. It must be readable.
static void fill_ring(void)
{
    const size_t at = ring_head % CONSOLE_RX_BYTES;
    const size_t straight = CONSOLE_RX_BYTES - at;
    const size_t room = ring_room() < straight ? ring_room() : straight;
    if (room == 0) {
        return;
    }
    const ssize_t n = read(in_fd, ring + at, room);
    if (n > 0) {
        ring_head += (size_t)n;
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        at_end = true;
    }
}

// Waits until the console can be read or, with `writing`, written. Returns whether it can be
// written.
static bool wait_for(bool writing, int timeout_ms)
{
    struct pollfd fds[2] = {{.fd = in_fd, .events = POLLIN},
                            {.fd = writing ? out_fd : -1, .events = POLLOUT}};
    if (at_end || ring_room() == 0) {
        fds[0].fd = -1;
    }
    if (poll(fds, 2, timeout_ms) <= 0) {
        return false;
    }
    if (fds[0].revents) {
        fill_ring();
    }
    return fds[1].revents != 0;
}

size_t console_read(uint8_t *data, size_t max)
{
    if (ring_head == ring_tail) {
        (void)wait_for(false, 0);
    }
    size_t n = 0;
    while (n < max && ring_tail != ring_head) {
        const size_t at = ring_tail % CONSOLE_RX_BYTES;
        size_t piece = CONSOLE_RX_BYTES - at;
        piece = piece < ring_head - ring_tail ? piece : ring_head - ring_tail;
        piece = piece < max - n ? piece : max - n;
        memcpy(data + n, ring + at, piece);
        n += piece;
        ring_tail += piece;
    }
    if (n == 0 && at_end) {
        exit(EXIT_SUCCESS);
    }
    return n;
}

void console_idle(uint64_t max_us)
{
    if (ring_head == ring_tail && !at_end) {
        (void)wait_for(false, (int)((max_us + 999u) / 1000u));
    }
}

// Waits until a piece can be written. Returns false where the host does not read.
static bool wait_writable(void)
{
    const int patience = far_end_stuck ? 0 : STUCK_MS;
    int waited = 0;
    while (!wait_for(true, 0)) {
        if (waited >= patience) {
            return false;
        }
        watchdog_feed(MACHINE_WATCHDOG_MS);
        // With a full ring only writing can go on. Otherwise reading counts as waiting too.
        if (wait_for(true, POLL_MS)) {
            break;
        }
        waited += POLL_MS;
    }
    return true;
}

void console_write(const void *data, size_t len)
{
    const char *bytes = data;
    while (len > 0) {
        far_end_stuck = !wait_writable();
        if (far_end_stuck) {
            return;
        }
        const ssize_t n = write(out_fd, bytes, len < WRITE_PIECE ? len : WRITE_PIECE);
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        } else if (errno != EINTR && errno != EAGAIN) {
            exit(EXIT_SUCCESS); // the host has closed the console
        }
    }
}

void console_flush(void)
{
}

uint32_t console_overruns(void)
{
    return 0; // nothing is lost: the host waits
}
