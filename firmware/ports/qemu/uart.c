// The 16550: interrupts fill a ring; writing is polled.
#include "machine.h"
#include "qemu_port.h"

#define DATA       (UART_BASE + 0u)
#define IRQ_ENABLE (UART_BASE + 1u)
#define FIFO       (UART_BASE + 2u) // when written
#define MODEM      (UART_BASE + 4u)
#define LINE       (UART_BASE + 5u)

#define IRQ_RX           0x01u
#define FIFO_ON_CLEAR_14 0xC7u // both FIFOs emptied, interrupt at 14 bytes
#define LINE_HAS_DATA    0x01u
#define LINE_OVERRUN     0x02u
#define LINE_TX_EMPTY    0x20u
#define LINE_TX_IDLE     0x40u

// The far end may stop reading for so long before output is dropped, so that the node goes on.
#define STUCK_TICKS ((uint64_t)10u * TIMER_HZ)

#define PLIC_PRIORITY (PLIC_BASE + 4u * UART_IRQ)
#define PLIC_ENABLE   (PLIC_BASE + 0x2000u)
#define PLIC_LIMIT    (PLIC_BASE + 0x200000u)

static uint8_t ring[UART_RX_BYTES];
static volatile uint32_t ring_head; // written by the interrupt only
static volatile uint32_t ring_tail; // written by the reader only
static volatile bool rx_paused;     // the ring is full: the FIFO, then the far end, has to wait
static volatile uint32_t overruns;
static bool far_end_stuck;

void uart_start(void)
{
    write8(FIFO, FIFO_ON_CLEAR_14);
    write8(MODEM, 0x0B);
    write8(IRQ_ENABLE, IRQ_RX);
    write32(PLIC_PRIORITY, 1);
    write32(PLIC_ENABLE, 1u << UART_IRQ);
    write32(PLIC_LIMIT, 0);
    SET_CSR(mie, MIE_EXTERNAL);
}

void uart_interrupt(void)
{
    uint32_t head = ring_head;
    const uint32_t limit = ring_tail + UART_RX_BYTES;
    for (;;) {
        const uint8_t line = read8(LINE);
        overruns += (line & LINE_OVERRUN) != 0;
        if (!(line & LINE_HAS_DATA)) {
            break;
        }
        if (head == limit) {
            rx_paused = true;
            write8(IRQ_ENABLE, 0);
            break;
        }
        ring[head++ % UART_RX_BYTES] = read8(DATA);
    }
    ring_head = head;
}

size_t uart_read(uint8_t *data, size_t max)
{
    uint32_t tail = ring_tail;
    const uint32_t head = ring_head;
    size_t n = 0;
    while (n < max && tail != head) {
        data[n++] = ring[tail++ % UART_RX_BYTES];
    }
    ring_tail = tail;
    if (n > 0 && rx_paused) {
        rx_paused = false;
        write8(IRQ_ENABLE, IRQ_RX);
    }
    return n;
}

bool uart_has_input(void)
{
    return ring_head != ring_tail;
}

uint32_t uart_overruns(void)
{
    return overruns;
}

// Waits for room in the transmitter. False: the far end does not read.
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
        watchdog_feed(NODE_WATCHDOG_MS);
    }
    return true;
}

void uart_write(const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++) {
        far_end_stuck = !wait_for_room();
        if (far_end_stuck) {
            return;
        }
        write8(DATA, bytes[i]);
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
