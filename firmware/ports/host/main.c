// node.elf [--flash FILE] [--console TTY] [--flash-power-fail N]
//
// The node as a process: console on stdin and stdout (or TTY), weights partition in FILE. It ends
// when its input does.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "firmware_main.h"
#include "host_port.h"
#include "image_identity.h"

#define WEIGHTS_BYTES   (1024u * 1024u)
#define SETTINGS_OFFSET WEIGHTS_BYTES
#define SETTINGS_BYTES  (8u * HOST_FLASH_SECTOR)
#define ARENA_BYTES     (16u * 1024u * 1024u)
#define USAGE_STATUS    2

static _Alignas(16) uint8_t arena[ARENA_BYTES];
static uint64_t boot_us;

static uint64_t monotonic_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static uint64_t clock_us(void)
{
    return monotonic_us() - boot_us;
}

static uint64_t no_cycles(void)
{
    return 0;
}

static void restart(void)
{
    reset_now(MACHINE_RESET_SOFTWARE);
}

static machine_port_t port = {
    .target = "host",
    .chip = "process",
    .version = NODE_VERSION,
    .idf_version = "",
    .elf_sha256 = elf_sha256,
    .reset_reason = MACHINE_RESET_POWER_ON,
    .flash_bytes = HOST_FLASH_BYTES,
    .n_partitions = 2,
    .partitions = {{"weights", 0, WEIGHTS_BYTES}, {"settings", SETTINGS_OFFSET, SETTINGS_BYTES}},
    .clock_us = clock_us,
    .idle = console_idle,
    .cycle_unit = MACHINE_CYCLES_NONE,
    .cycles = no_cycles,
    .uart_rx_bytes = CONSOLE_RX_BYTES,
    .uart_read = console_read,
    .uart_write = console_write,
    .uart_flush = console_flush,
    .uart_overruns = console_overruns,
    .restart = restart,
    .panic = panic_now,
    .hang = panic_hang,
    .watchdog = watchdog_feed,
    .heap = memory_heap,
    .stack_free = memory_stack_free,
    .arena = arena,
    .arena_bytes = ARENA_BYTES,
};

static nor_flash_t flash = {NULL, HOST_FLASH_SECTOR, flash_write, flash_erase};

#if defined(__SANITIZE_ADDRESS__)
// A sanitizer's report goes to stderr, where it cannot be mistaken for output of the node, and ends
// the process instead of rebooting the node. malloc returns NULL when there is no memory.
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
    return "abort_on_error=0:allow_user_segv_handler=1:detect_stack_use_after_return=0:"
           "allocator_may_return_null=1";
}

const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1";
}
#endif

static void *node_thread(void *unused)
{
    (void)unused;
    panic_start_thread();
    firmware_main(&port, &flash);
}

static void start_node_thread(void)
{
    size_t bytes;
    void *stack = memory_new_stack(&bytes);
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setstack(&attributes, stack, bytes) != 0 ||
        pthread_create(&thread, &attributes, node_thread, NULL) != 0) {
        (void)fputs("node: the thread of the node cannot be started\n", stderr);
        exit(USAGE_STATUS);
    }
}

static void open_console(const char *path)
{
    if (!path) {
        console_start(STDIN_FILENO, STDOUT_FILENO);
        return;
    }
    const int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios mode;
    if (fd < 0) {
        (void)fprintf(stderr, "node: --console %s: %s\n", path, strerror(errno));
        exit(USAGE_STATUS);
    }
    if (tcgetattr(fd, &mode) == 0) {
        cfmakeraw(&mode);
        (void)tcsetattr(fd, TCSANOW, &mode);
    }
    console_start(fd, fd);
}

static uint32_t new_nonce(void)
{
    uint32_t nonce = 0;
    while (nonce == 0) {
        if (getrandom(&nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce) {
            nonce = (uint32_t)monotonic_us();
        }
    }
    return nonce;
}

typedef struct {
    reset_arguments_t kept;
    uint64_t power_fail;
} options_t;

static options_t read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"flash", required_argument, NULL, 'f'},
        {"flash-fd", required_argument, NULL, 'F'},
        {"flash-power-fail", required_argument, NULL, 'p'},
        {"console", required_argument, NULL, 'c'},
        {"reset-reason", required_argument, NULL, 'r'},
        {NULL, 0, NULL, 0},
    };
    options_t options = {.kept = {.flash_fd = -1}};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (option) {
        case 'f':
            options.kept.flash_path = optarg;
            break;
        case 'F':
            options.kept.flash_fd = atoi(optarg);
            break;
        case 'p':
            options.power_fail = strtoull(optarg, NULL, 10);
            break;
        case 'c':
            options.kept.console_path = optarg;
            break;
        case 'r':
            port.reset_reason = (machine_reset_reason_t)atoi(optarg);
            break;
        default:
            (void)fputs("usage: node.elf [--flash FILE] [--console TTY] [--flash-power-fail N]\n",
                        stderr);
            exit(USAGE_STATUS);
        }
    }
    return options;
}

int main(int argc, char **argv)
{
    options_t options = read_options(argc, argv);
    boot_us = monotonic_us();
    panic_start();
    open_console(options.kept.console_path);
    options.kept.flash_fd = flash_open(options.kept.flash_path, options.kept.flash_fd);
    if (options.kept.flash_fd < 0) {
        (void)fprintf(stderr, "node: --flash %s: %s\n",
                      options.kept.flash_path ? options.kept.flash_path : "", strerror(errno));
        return USAGE_STATUS;
    }
    flash_fail_after(options.power_fail);
    reset_prepare(&options.kept);
    flash.map = flash_map();
    port.boot_nonce = new_nonce();
    start_node_thread();
    watchdog_run();
}
