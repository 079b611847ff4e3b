// power_cuts BLOB BLOB BLOB BLOB BLOB [subject=weights|settings] [sweep=NAME] [one_in=N] [seed=N]
//            [only=N]
// Five .rvne files of one length, the last is the image's. Prints lines of JSON; exit status 1 when
// something is wrong, 2 when it could not run.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep.h"

static options_t options = {.seed = 1, .one_in = 1, .only = -1};
static const char *wanted_subject, *wanted_sweep;

static bool read_blob(const char *path, blob_t *blob)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    blob->len = (uint32_t)fread(blob->bytes, 1, sizeof blob->bytes, file);
    (void)fclose(file);
    if (blob->len < 28u || blob->len == sizeof blob->bytes || blob->len != blobs[0].len) {
        (void)fprintf(stderr, "%s: five blobs of one length below %zu bytes are needed\n", path,
                      sizeof blob->bytes);
        return false;
    }
    return true;
}

static bool read_option(char *text)
{
    char *value = strchr(text, '=');
    if (!value) {
        return false;
    }
    *value++ = '\0';
    if (strcmp(text, "subject") == 0) {
        wanted_subject = value;
    } else if (strcmp(text, "sweep") == 0) {
        wanted_sweep = value;
    } else if (strcmp(text, "one_in") == 0) {
        options.one_in = (uint32_t)strtoul(value, NULL, 10);
    } else if (strcmp(text, "seed") == 0) {
        options.seed = (uint32_t)strtoul(value, NULL, 10);
    } else if (strcmp(text, "only") == 0) {
        options.only = strtoll(value, NULL, 10);
    } else {
        return false;
    }
    return true;
}

static uint64_t run_sweeps(const sweep_t *sweeps)
{
    static const subject_t *const subjects[] = {&weights_subject, &settings_subject};
    uint64_t wrong = 0;
    for (const sweep_t *sweep = sweeps; sweep->name; sweep++) {
        for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
            if ((!wanted_subject || strcmp(subjects[i]->name, wanted_subject) == 0) &&
                (!wanted_sweep || strcmp(sweep->name, wanted_sweep) == 0)) {
                sweep_through(sweep, subjects[i], &options);
                wrong += sweep_tally()->wrong;
            }
        }
    }
    return wrong;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const bool is_blob = i <= (int)BLOBS;
        if (is_blob ? !read_blob(argv[i], &blobs[i - 1]) : !read_option(argv[i])) {
            return 2;
        }
    }
    if (argc <= (int)BLOBS) {
        (void)fprintf(stderr, "five blobs are needed\n");
        return 2;
    }
    const uint64_t wrong = run_sweeps(cut_sweeps) + run_sweeps(fault_sweeps);
    return wrong > 0 ? 1 : 0;
}
