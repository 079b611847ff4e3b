// A firmware without the agent: it says what it does on its console, and answers two words.
#include <string.h>

#include "firmware_main.h"
#include "machine_log.h"
#include "main_loop.h"

#define TAG      "app"
#define MAX_WORD 32u

static char word[MAX_WORD];
static size_t length;

static void answer(void)
{
    if (strcmp(word, "version") == 0) {
        MACHINE_LOGI(TAG, "version %s", machine_port->version);
    } else if (strcmp(word, "crash") == 0) {
        machine_port->panic(MACHINE_PANIC_ABORT);
    } else {
        MACHINE_LOGW(TAG, "what is %s?", word);
    }
}

static bool poll(void)
{
    uint8_t byte;
    bool any = false;
    while (machine_port->uart_read(&byte, 1) == 1) {
        any = true;
        if (byte == '\n') {
            word[length] = '\0';
            length = 0;
            answer();
        } else if (length < MAX_WORD - 1u) {
            word[length++] = (char)byte;
        }
    }
    return any;
}

void firmware_main(const machine_port_t *machine, const nor_flash_t *flash)
{
    (void)flash;
    machine_init(machine);
    main_loop_attach_console(poll);
    MACHINE_LOGI(TAG, "reset reason: %s", machine_reset_reason_name(machine->reset_reason));
    MACHINE_LOGI(TAG, "ready");
    main_loop_run();
}
