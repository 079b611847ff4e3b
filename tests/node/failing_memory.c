// Loaded before the C library of a node's process: counts what is allocated, and lets the one fail
// whose number FAIL_ALLOCATION has. The count is in the file that ALLOCATIONS names.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static uint32_t before_main;
static uint32_t *count = &before_main;
static uint32_t failing;

__attribute__((constructor)) static void open_count(void)
{
    const char *path = getenv("ALLOCATIONS");
    const char *number = getenv("FAIL_ALLOCATION");
    const int fd = path ? open(path, O_RDWR) : -1;
    void *shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    failing = number ? (uint32_t)atoi(number) : 0;
    if (shared != MAP_FAILED) {
        count = shared;
    }
}

static int fails(void)
{
    if (__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST) != failing) {
        return 0;
    }
    errno = ENOMEM; // the C library ends a process that is not told so
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    *memory = aligned_alloc(alignment, size);
    return *memory ? 0 : ENOMEM;
}
