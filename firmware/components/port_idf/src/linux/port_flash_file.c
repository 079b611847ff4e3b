// The whole flash as a file, with the partition table. Without --flash the file exists as long as
// the process does: it survives resets, and is lost with the power.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "esp_partition.h"
#include "esp_private/partition_linux.h"

#include "port_parts.h"
#include "port_process.h"

#define FLASH_BYTES  (8u * 1024u * 1024u) // as in the partition table
#define TABLE_OFFSET 0x8000u

extern const uint8_t table_start[] asm("_binary_partition_table_start");
extern const uint8_t table_end[] asm("_binary_partition_table_end");

static _Noreturn void refuse(const char *what)
{
    fprintf(stderr, "node.elf: flash file: %s\n", what);
    _exit(2);
}

static uint8_t *map_whole(int fd)
{
    uint8_t *flash = mmap(NULL, FLASH_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (flash == MAP_FAILED) {
        refuse(strerror(errno));
    }
    return flash;
}

static void prepare(int fd)
{
    const size_t table_bytes = (size_t)(table_end - table_start);
    struct stat file;
    if (fstat(fd, &file) != 0) {
        refuse(strerror(errno));
    }
    const int is_new = file.st_size == 0;
    if (is_new && ftruncate(fd, FLASH_BYTES) != 0) {
        refuse(strerror(errno));
    }
    if (!is_new && file.st_size != FLASH_BYTES) {
        refuse("it is not 8 MiB; remove it to start with erased flash");
    }
    uint8_t *flash = map_whole(fd);
    if (is_new) {
        memset(flash, 0xFF, FLASH_BYTES);
        memcpy(flash + TABLE_OFFSET, table_start, table_bytes);
    } else if (memcmp(flash + TABLE_OFFSET, table_start, table_bytes) != 0) {
        refuse("it has another partition table; remove it to start with erased flash");
    }
    (void)munmap(flash, FLASH_BYTES);
}

static int open_file(void)
{
    const char *path = port_options_flash_file();
    if (path) {
        return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    }
    return port_options_flash_fd() >= 0 ? port_options_flash_fd() : memfd_create("flash", 0);
}

void port_flash_open(void)
{
    esp_partition_file_mmap_ctrl_t *control = esp_partition_get_file_mmap_ctrl_input();
    const int fd = open_file();
    if (fd < 0) {
        refuse(strerror(errno));
    }
    prepare(fd);
    (void)snprintf(control->flash_file_name, sizeof control->flash_file_name, "/proc/self/fd/%d",
                   fd);
    if (!port_options_flash_file()) {
        port_options_keep_flash_fd(fd);
    }
}

uint32_t port_flash_bytes(void)
{
    return FLASH_BYTES;
}
