#include "embedded_blob.h"

#ifdef NODE_EMBEDDED_BLOB

__asm__(".section .rodata.embedded_blob, \"a\"\n"
        ".balign 4\n"
        ".global embedded_blob_start\n"
        "embedded_blob_start:\n"
        ".incbin \"" NODE_EMBEDDED_BLOB "\"\n"
        ".global embedded_blob_end\n"
        "embedded_blob_end:\n"
        ".byte 0\n"
        ".text\n");

extern const uint8_t embedded_blob_start[];
extern const uint8_t embedded_blob_end[];

const uint8_t *embedded_blob(void)
{
    return embedded_blob_start;
}

size_t embedded_blob_bytes(void)
{
    return (size_t)((uintptr_t)embedded_blob_end - (uintptr_t)embedded_blob_start);
}

#else

const uint8_t *embedded_blob(void)
{
    return NULL;
}

size_t embedded_blob_bytes(void)
{
    return 0;
}

#endif
