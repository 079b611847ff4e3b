// The 16550 UART with its FIFOs: an interrupt moves received bytes into a ring; writing is polled.
//
// The emulator delivers 14 bytes at a time, and the cost of a delivery decides how fast the line
// is. So a full FIFO is read with as few accesses as possible, and all but its last byte in
// loopback mode, where the emulator does not wake its other thread after each byte to ask for more.
#include "machine.h"
#include "qemu_port.h"

#define DATA         (UART_BASE + 0u)
#define DIVISOR_LOW  (UART_BASE + 0u) // while DIVISOR_ACCESS is set
#define DIVISOR_HIGH (UART_BASE + 1u)
#define IRQ_ENABLE   (UART_BASE + 1u)
#define IRQ_CAUSE    (UART_BASE + 2u) // when read
#define FIFO         (UART_BASE + 2u) // when written
#define FORMAT       (UART_BASE + 3u)
#define MODEM        (UART_BASE + 4u)
#define LINE         (UART_BASE + 5u)

#define IRQ_RX         0x01u
#define CAUSE_MASK     0x0Fu
#define CAUSE_RX_LEVEL 0x04u // at least as many bytes as the FIFO's level
#define FIFO_CLEAR     0x07u
#define FIFO_LEVEL_14  0xC1u
#define FORMAT_8N1     0x03u
#define DIVISOR_ACCESS 0x80u
#define MODEM_NORMAL   0x0Bu
#define MODEM_LOOPBACK 0x1Bu
#define LINE_HAS_DATA  0x01u
#define LINE_OVERRUN   0x02u
#define LINE_TX_EMPTY  0x20u
#define LINE_TX_IDLE   0x40u

#define RX_LEVEL 14u
#define TX_LEVEL 16u // bytes that an empty transmitter takes

// When the host does not read for so long, output is dropped, so that the node goes on.
#define STUCK_TICKS ((uint64_t)10u * TIMER_HZ)

#define PLIC_PRIORITY (PLIC_BASE + 4u * UART_IRQ)
#define PLIC_ENABLE   (PLIC_BASE + 0x2000u)
#define PLIC_LIMIT    (PLIC_BASE + 0x200000u)

static uint8_t ring[UART_RX_BYTES];
static volatile uint32_t ring_head; // counts bytes received; only the interrupt writes it
static volatile uint32_t ring_tail; // counts bytes read; only the reader writes it
static volatile bool line_complete; // a newline came since the reader last cleared it
static volatile bool rx_paused;     // the ring is full: bytes wait in the FIFO, then at the host
static volatile uint32_t overruns;
static bool far_end_stuck;

void uart_start(void)
{
    // The highest speed, because a FIFO that is not full is reported only after 4 character times.
    write8(FORMAT, FORMAT_8N1 | DIVISOR_ACCESS);
    write8(DIVISOR_LOW, 1);
    write8(DIVISOR_HIGH, 0);
    write8(FORMAT, FORMAT_8N1);
    write8(FIFO, FIFO_CLEAR);
    write8(FIFO, FIFO_LEVEL_14);
    write8(MODEM, MODEM_NORMAL);
    write8(IRQ_ENABLE, IRQ_RX);
    write32(PLIC_PRIORITY, 1);
    write32(PLIC_ENABLE, 1u << UART_IRQ);
    write32(PLIC_LIMIT, 0);
    SET_CSR(mie, MIE_EXTERNAL);
}

static void take_byte(void)
{
    const uint8_t byte = read8(DATA);
    const uint32_t head = ring_head;
    ring[head % UART_RX_BYTES] = byte;
    ring_head = head + 1u;
    if (byte == '\n') {
        line_complete = true;
    }
}

// Only with an idle transmitter: in loopback mode, what is being sent would be received.
static void take_full_fifo(void)
{
    const bool quiet = (read8(LINE) & LINE_TX_IDLE) != 0;
    if (quiet) {
        write8(MODEM, MODEM_LOOPBACK);
    }
    for (uint32_t i = 1; i < RX_LEVEL; i++) {
        take_byte();
    }
    if (quiet) {
        write8(MODEM, MODEM_NORMAL);
    }
    take_byte();
}

static void take_single_bytes(void)
{
    for (uint32_t i = 0; i < RX_LEVEL; i++) {
        const uint8_t line = read8(LINE);
        overruns += (line & LINE_OVERRUN) != 0;
        if (!(line & LINE_HAS_DATA)) {
            return;
        }
        take_byte();
    }
}

void uart_interrupt(void)
{
    if (UART_RX_BYTES - (ring_head - ring_tail) < RX_LEVEL) {
        rx_paused = true;
        write8(IRQ_ENABLE, 0);
    } else if ((read8(IRQ_CAUSE) & CAUSE_MASK) == CAUSE_RX_LEVEL) {
        take_full_fifo();
    } else {
        take_single_bytes();
    }
}

size_t uart_read(uint8_t *data, size_t max)
{
    uint32_t tail = ring_tail;
    size_t n = 0;
    line_complete = false; // before reading the head, so that no newline is missed
    const uint32_t head = ring_head;
    while (n < max && tail != head) {
        data[n++] = ring[tail++ % UART_RX_BYTES];
    }
    ring_tail = tail;
    if (rx_paused && n > 0) {
        rx_paused = false;
        write8(IRQ_ENABLE, IRQ_RX);
    }
    return n;
}

bool uart_has_line(void)
{
    return line_complete || ring_head - ring_tail >= UART_RX_BYTES / 2u;
}

uint32_t uart_overruns(void)
{
    return overruns;
}

// Waits for room in the transmitter. Returns false where the host does not read.
static bool wait_for_room(void)
{
    if (read8(LINE) & LINE_TX_EMPTY) {
        return true;
    }
    if (far_end_stuck) {
        return false;
    }
    const uint64_t start = timer_ticks();
    while (!(read8(LINE) & LINE_TX_EMPTY)) {
        if (timer_ticks() - start > STUCK_TICKS) {
            return false;
        }
        watchdog_feed(MACHINE_WATCHDOG_MS);
    }
    return true;
}

void uart_write(const void *data, size_t len)
{
    const uint8_t *bytes = data;
    while (len > 0) {
        far_end_stuck = !wait_for_room();
        if (far_end_stuck) {
            return;
        }
        const size_t n = len < TX_LEVEL ? len : TX_LEVEL;
        for (size_t i = 0; i < n; i++) {
            write8(DATA, bytes[i]);
        }
        bytes += n;
        len -= n;
    }
}

void uart_flush(void)
{
    const uint64_t start = timer_ticks();
    while (!(read8(LINE) & LINE_TX_IDLE) && timer_ticks() - start < TIMER_HZ) {
    }
}

void uart_panic_write(const char *text)
{
    write8(MODEM, MODEM_NORMAL);
    for (; *text; text++) {
        const uint64_t start = timer_ticks();
        while (!(read8(LINE) & LINE_TX_EMPTY)) {
            if (timer_ticks() - start > TIMER_HZ) {
                return;
            }
        }
        write8(DATA, (uint8_t)*text);
    }
}
