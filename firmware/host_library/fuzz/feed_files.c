// Feeds files to a target:  blob FILE...  or, for what `packets` makes of them:  packets - FILE...
#include <errno.h>

#include "fuzz.h"

#define MAX_INPUT (1u << 16)

extern FILE *fuzz_packets_out __attribute__((weak)); // of the target `packets` alone

int main(int argc, char **argv)
{
    static uint8_t bytes[MAX_INPUT];
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-") == 0 && &fuzz_packets_out) {
            fuzz_packets_out = stdout;
            continue;
        }
        FILE *file = fopen(argv[i], "rb");
        if (!file) {
            (void)fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
            return 2;
        }
        const size_t len = fread(bytes, 1, sizeof bytes, file);
        (void)fclose(file);
        uint8_t *const input = copy_of(bytes, len);
        (void)LLVMFuzzerTestOneInput(input, len);
        free(input);
    }
    return 0;
}
