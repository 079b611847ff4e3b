#include "port_parts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mbedtls/sha256.h"

#include "machine_port.h"

const char *port_identity_chip(void)
{
    return "posix";
}

// On this target the application description does not hold the hash of the file, so the running
// file is hashed. All zeros where it cannot be read.
const uint8_t *port_identity_elf_sha256(void)
{
    static uint8_t sha256[MACHINE_SHA256_BYTES];
    struct stat file;
    const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return sha256;
    }
    if (fstat(fd, &file) == 0) {
        const size_t len = (size_t)file.st_size;
        void *image = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
        if (image != MAP_FAILED) {
            (void)mbedtls_sha256(image, len, sha256, 0);
            (void)munmap(image, len);
        }
    }
    (void)close(fd);
    return sha256;
}
