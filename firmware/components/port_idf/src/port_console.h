// The console: UART, USB-Serial/JTAG or standard input and output, by the build.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sdkconfig.h"

#if CONFIG_IDF_TARGET_LINUX
#define CONSOLE_RX_BYTES 65535u // as much as the protocol can say
#else
#define CONSOLE_RX_BYTES 8192u
#endif

void port_console_open(void);
size_t port_console_read(uint8_t *data /*[max]*/, size_t max); // what is there, may be nothing
void port_console_write(const void *data /*[len]*/, size_t len);
void port_console_flush(void);
uint32_t port_console_overruns(void);
void port_console_idle(uint64_t max_us); // returns on input, at the latest after max_us and a tick
