/* Makes a C function callable from a test, by one declaration beside it:

       void scale(const float *x, float *y, uint32_t n, float factor); // x [n], y [n]

       #define SCALE(IN, OUT, IN_OUT, VALUE) \
           IN(float, x, n) OUT(float, y, n) VALUE(uint32_t, n) VALUE(float, factor)
       HIL_EXPORT(scale, SCALE);

   The list names the arguments in their order. An argument is an array that the function reads
   (IN), writes (OUT) or both (IN_OUT), or a scalar (VALUE). The length of an array is in elements;
   it is a number or the name of an integer VALUE. For a function that returns a scalar:
   HIL_EXPORT_RESULT(float, mean, MEAN). For a function that returns an esp_err_t:
   HIL_EXPORT_STATUS(configure, CONFIGURE); an error fails the call.

   In an image without the agent the declaration has no effect. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#if __has_include("sdkconfig.h")
#include "sdkconfig.h"
#endif

#define HIL_EXPORT_MAX_ARGUMENTS 16u

// The code of a scalar type: its size in bytes, and what its bits are.
#define HIL_TYPE_UNSIGNED 0x00u
#define HIL_TYPE_SIGNED   0x10u
#define HIL_TYPE_FLOAT    0x20u
#define HIL_TYPE_SIZE     0x0fu
#define HIL_RESULT_STATUS 0xffu // of a result only: an esp_err_t, which is an int

// Only a float type holds 0.5, and only an unsigned type makes a large number of -1.
#define HIL_TYPE(type)                                                                             \
    (uint8_t)(sizeof(type) | ((type)0.5 > (type)0  ? HIL_TYPE_FLOAT                                \
                              : (type)-1 > (type)1 ? HIL_TYPE_UNSIGNED                             \
                                                   : HIL_TYPE_SIGNED))

typedef enum {
    HIL_ARGUMENT_VALUE = 0,
    HIL_ARGUMENT_IN = 1,
    HIL_ARGUMENT_OUT = 2,
    HIL_ARGUMENT_IN_OUT = 3,
} hil_argument_kind_t;

typedef struct {
    const char *name;
    const char *length; // in elements: a number or the name of a VALUE; of a VALUE itself ""
    uint8_t type;       // HIL_TYPE of an element
    uint8_t kind;       // hil_argument_kind_t
} hil_argument_t;

typedef struct hil_export {
    const char *name;
    const hil_argument_t *arguments; // [n_arguments]
    uint8_t n_arguments;
    uint8_t result; // HIL_TYPE; 0: it returns nothing; HIL_RESULT_STATUS: an esp_err_t
    // places: [n_arguments] the address of each argument. result: 8 bytes, aligned to 8.
    void (*call)(void *const *places, void *result);
    struct hil_export *next;
} hil_export_t;

// Adds a function to those that a test can call. HIL_EXPORT calls it before main.
void hil_export_add(hil_export_t *added);

#if CONFIG_HIL_AGENT_ENABLED || HIL_AGENT_LINKED

#define HIL_EXPORT(function, ARGUMENTS) HIL_EXPORT_AS_(function, ARGUMENTS, 0u, (void)hil_result;)
#define HIL_EXPORT_RESULT(type, function, ARGUMENTS)                                               \
    HIL_EXPORT_AS_(function, ARGUMENTS, HIL_TYPE(type), *(type *)hil_result =)
#define HIL_EXPORT_STATUS(function, ARGUMENTS)                                                     \
    HIL_EXPORT_AS_(function, ARGUMENTS, HIL_RESULT_STATUS, *(int *)hil_result =)

// ---- how it works -------------------------------------------------------------------------------

#define HIL_DESCRIBE_IN_(type, name, length)  {#name, #length, HIL_TYPE(type), HIL_ARGUMENT_IN},
#define HIL_DESCRIBE_OUT_(type, name, length) {#name, #length, HIL_TYPE(type), HIL_ARGUMENT_OUT},
#define HIL_DESCRIBE_IN_OUT_(type, name, length)                                                   \
    {#name, #length, HIL_TYPE(type), HIL_ARGUMENT_IN_OUT},
#define HIL_DESCRIBE_VALUE_(type, name) {#name, "", HIL_TYPE(type), HIL_ARGUMENT_VALUE},

#define HIL_TAKE_IN_(type, name, length)    const type *const name = *hil_places++;
#define HIL_TAKE_OUT_(type, name, length)   type *const name = *hil_places++;
#define HIL_TAKE_VALUE_(type, name)         const type name = *(const type *)*hil_places++;
#define HIL_PASS_ARRAY_(type, name, length) , name
#define HIL_PASS_VALUE_(type, name)         , name

#define HIL_WITHOUT_FIRST_(...)       HIL_REST_(__VA_ARGS__)
#define HIL_REST_(first, ...)         __VA_ARGS__
#define HIL_CALL_(function, ...)      HIL_CALL_WITH_(function, __VA_ARGS__)
#define HIL_CALL_WITH_(function, ...) function(__VA_ARGS__)

#define HIL_COUNT_(function)                                                                       \
    (sizeof hil_arguments_of_##function / sizeof hil_arguments_of_##function[0] - 1u)

// The list of arguments ends with an empty one, because C has no empty arrays.
#define HIL_EXPORT_AS_(function, ARGUMENTS, result_type, TAKE_RESULT)                              \
    static const hil_argument_t hil_arguments_of_##function[] = {                                  \
        ARGUMENTS(HIL_DESCRIBE_IN_, HIL_DESCRIBE_OUT_, HIL_DESCRIBE_IN_OUT_,                       \
                  HIL_DESCRIBE_VALUE_){NULL, NULL, 0u, 0u}};                                       \
    _Static_assert(HIL_COUNT_(function) <= HIL_EXPORT_MAX_ARGUMENTS,                               \
                   #function " has too many arguments to be exported");                            \
    static void hil_call_##function(void *const *hil_places, void *hil_result)                     \
    {                                                                                              \
        (void)hil_places;                                                                          \
        ARGUMENTS(HIL_TAKE_IN_, HIL_TAKE_OUT_, HIL_TAKE_OUT_, HIL_TAKE_VALUE_)                     \
        TAKE_RESULT HIL_CALL_(function,                                                            \
                              HIL_WITHOUT_FIRST_(0 ARGUMENTS(HIL_PASS_ARRAY_, HIL_PASS_ARRAY_,     \
                                                             HIL_PASS_ARRAY_, HIL_PASS_VALUE_)));  \
    }                                                                                              \
    __attribute__((constructor)) static void hil_add_##function(void)                              \
    {                                                                                              \
        static hil_export_t exported = {                                                           \
            #function,   hil_arguments_of_##function, (uint8_t)HIL_COUNT_(function),               \
            result_type, hil_call_##function,         NULL};                                       \
        hil_export_add(&exported);                                                                 \
    }                                                                                              \
    _Static_assert(1, "takes the semicolon")

#else

#define HIL_EXPORT(function, ARGUMENTS)              _Static_assert(1, "takes the semicolon")
#define HIL_EXPORT_RESULT(type, function, ARGUMENTS) _Static_assert(1, "takes the semicolon")
#define HIL_EXPORT_STATUS(function, ARGUMENTS)       _Static_assert(1, "takes the semicolon")

#endif
