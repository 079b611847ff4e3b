// The weight blob that is part of the image, if the build was given one.
#pragma once

#include <stddef.h>
#include <stdint.h>

const uint8_t *embedded_blob(void); // NULL: none
size_t embedded_blob_bytes(void);
