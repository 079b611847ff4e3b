// The console: UART, USB-Serial/JTAG or standard input and output, by the build.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CONSOLE_RX_BYTES 8192u

void port_console_open(void);
size_t port_console_read(uint8_t *data /*[max]*/, size_t max); // what is there, may be nothing
void port_console_write(const void *data /*[len]*/, size_t len);
void port_console_flush(void);
uint32_t port_console_overruns(void);
void port_console_idle(uint64_t max_us); // returns on input, at the latest after max_us and a tick
