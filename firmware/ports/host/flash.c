// NOR flash in a file: writing clears bits, erasing sets whole units, power may fail on request.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host_port.h"

static uint8_t *image; // [HOST_FLASH_BYTES] shared with the file
static uint64_t steps_left;
static bool power_fails;

static int open_file(const char *path)
{
    return path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : memfd_create("flash", 0);
}

int flash_open(const char *path, int inherited_fd)
{
    const int fd = inherited_fd >= 0 ? inherited_fd : open_file(path);
    struct stat info;
    if (fd < 0 || fstat(fd, &info) != 0) {
        return -1;
    }
    if (info.st_size < (off_t)HOST_FLASH_BYTES && ftruncate(fd, HOST_FLASH_BYTES) != 0) {
        return -1;
    }
    void *map = mmap(NULL, HOST_FLASH_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return -1;
    }
    image = map;
    if (info.st_size < (off_t)HOST_FLASH_BYTES) { // what is new is erased
        memset(image + info.st_size, 0xFF, HOST_FLASH_BYTES - (size_t)info.st_size);
    }
    return fd;
}

const uint8_t *flash_map(void)
{
    return image;
}

void flash_fail_after(uint64_t steps)
{
    power_fails = steps > 0;
    steps_left = steps;
}

static void step(void)
{
    if (power_fails && steps_left-- == 0) {
        reset_now(MACHINE_RESET_POWER_ON);
    }
}

esp_err_t flash_write(uint32_t offset, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    if (offset > HOST_FLASH_BYTES || len > HOST_FLASH_BYTES - offset) {
        return ESP_ERR_INVALID_SIZE;
    }
    for (size_t i = 0; i < len; i++) {
        step();
        image[offset + i] &= bytes[i];
    }
    return ESP_OK;
}

esp_err_t flash_erase(uint32_t offset, size_t len)
{
    if (offset % HOST_FLASH_SECTOR != 0 || len % HOST_FLASH_SECTOR != 0 ||
        offset > HOST_FLASH_BYTES || len > HOST_FLASH_BYTES - offset) {
        return ESP_ERR_INVALID_SIZE;
    }
    for (size_t at = 0; at < len; at += HOST_FLASH_SECTOR) {
        step();
        memset(image + offset + at, 0xFF, HOST_FLASH_SECTOR);
    }
    return ESP_OK;
}
