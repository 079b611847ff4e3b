// What the bytes of a frame of channel state mean. Made from kernels_ref/carriers.py by
// `python -m kernels_ref.carriers_list FILE`: change it there.
#pragma once

// clang-format off
// name, number
#define CSI_BASIS_LIST(X) \
    X(LLTF, 0x0001u) \
    X(LLTF_STBC, 0x0002u) \
    X(HT20, 0x0003u) \
    X(HT40, 0x0004u) \
    X(HE20, 0x0005u) \
    X(PLAIN, 0x1000u)

// basis, least and most |carrier| that it has
#define CSI_USED_LIST(X) \
    X(LLTF, 1u, 26u) \
    X(HT20, 1u, 28u) \
    X(HT40, 2u, 58u) \
    X(HE20, 2u, 122u)

// name, basis, pairs, carrier of pair 0, pair that wraps, its carrier, smear
#define CSI_FORM_LIST(X) \
    X(LLTF_WRAPPED, LLTF, 64u, 0, 32u, -32, 1u) \
    X(LLTF_RISING, LLTF, 64u, -32, 64u, 0, 1u) \
    X(HT20_WRAPPED, HT20, 64u, 0, 32u, -32, 1u) \
    X(HT20_RISING, HT20, 64u, -32, 64u, 0, 1u) \
    X(HT20_RISING_63, HT20, 63u, -32, 63u, 0, 1u) \
    X(HT20_RISING_62, HT20, 62u, -30, 62u, 0, 1u) \
    X(HT40_WRAPPED, HT40, 128u, 0, 64u, -64, 1u) \
    X(HT40_WRAPPED_121, HT40, 121u, 0, 61u, -60, 1u) \
    X(LLTF_WRAPPED_53, LLTF, 53u, 0, 27u, -26, 0u) \
    X(LLTF_RISING_53, LLTF, 53u, -26, 53u, 0, 0u) \
    X(HT20_WRAPPED_57, HT20, 57u, 0, 29u, -28, 0u) \
    X(HT20_RISING_57, HT20, 57u, -28, 57u, 0, 0u) \
    X(HT40_WRAPPED_117, HT40, 117u, 0, 59u, -58, 0u) \
    X(HE20_WRAPPED_245, HE20, 245u, 0, 123u, -122, 0u) \
    X(HT20_RISING_64, HT20, 64u, -32, 64u, 0, 0u) \
    X(HT40_RISING_128, HT40, 128u, -64, 128u, 0, 0u) \
    X(HE20_RISING_256, HE20, 256u, -128, 256u, 0, 0u)

// number, name, STBC, forms of the fields as stored
#define CSI_ROW_LIST(X) \
    X(1u, NON_HT, 0u, LLTF_WRAPPED, NONE, NONE) \
    X(2u, HT20, 0u, LLTF_WRAPPED, HT20_WRAPPED, NONE) \
    X(3u, HT20_STBC, 1u, LLTF_WRAPPED, HT20_WRAPPED, HT20_WRAPPED) \
    X(4u, NON_HT_2ND, 0u, LLTF_RISING, NONE, NONE) \
    X(5u, HT20_2ND, 0u, LLTF_RISING, HT20_RISING, NONE) \
    X(6u, HT20_STBC_BELOW, 1u, LLTF_RISING, HT20_RISING_63, HT20_RISING_63) \
    X(7u, HT20_STBC_ABOVE, 1u, LLTF_RISING, HT20_RISING_62, HT20_RISING_62) \
    X(8u, HT40, 0u, LLTF_RISING, HT40_WRAPPED, NONE) \
    X(9u, HT40_STBC, 1u, LLTF_RISING, HT40_WRAPPED_121, HT40_WRAPPED_121) \
    X(16u, V3_NON_HT, 0u, LLTF_WRAPPED_53, NONE, NONE) \
    X(17u, V3_NON_HT_2ND, 0u, LLTF_RISING_53, NONE, NONE) \
    X(18u, V3_HT20, 0u, HT20_WRAPPED_57, NONE, NONE) \
    X(19u, V3_HT20_STBC, 1u, HT20_WRAPPED_57, HT20_WRAPPED_57, NONE) \
    X(20u, V3_HT20_2ND, 0u, HT20_RISING_57, NONE, NONE) \
    X(21u, V3_HT20_STBC_2ND, 1u, HT20_RISING_57, HT20_RISING_57, NONE) \
    X(22u, V3_HT40, 0u, HT40_WRAPPED_117, NONE, NONE) \
    X(23u, V3_HT40_STBC, 1u, HT40_WRAPPED_117, HT40_WRAPPED_117, NONE) \
    X(24u, V3_HE20, 0u, HE20_WRAPPED_245, NONE, NONE) \
    X(32u, V2_HT20, 0u, HT20_RISING_64, NONE, NONE) \
    X(33u, V2_HT40, 0u, HT40_RISING_128, NONE, NONE) \
    X(34u, V2_HE20, 0u, HE20_RISING_256, NONE, NONE)
// clang-format on
