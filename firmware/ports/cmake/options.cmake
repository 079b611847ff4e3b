# The compiler and linker options of this project.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)

# For the libraries.
add_library(node_warnings INTERFACE)
target_compile_options(node_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:C>:-Wall;-Wextra;-Werror;-Wconversion;-Wshadow;-Wstrict-prototypes;-Wmissing-prototypes>
  -ffunction-sections -fdata-sections)

# For the program that they are linked into.
add_library(node_options INTERFACE)
target_link_libraries(node_options INTERFACE node_warnings)

# For every target of the project, the head included.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/../..=.)
string(FIND "${APPLICATION_DIR}/" "${CMAKE_SOURCE_DIR}/" inside)
if(NOT inside EQUAL 0)
  get_filename_component(application_name ${APPLICATION_DIR} NAME)
  add_compile_options(-ffile-prefix-map=${APPLICATION_DIR}=${application_name})
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  # gcc takes longer to note where each variable is at each instruction than to make the code.
  # Backtraces need only lines and functions, which stay.
  add_compile_options(-fno-var-tracking)
endif()

if(NODE_PORT STREQUAL "qemu")
  target_link_options(node_options INTERFACE -nostartfiles -Wl,--gc-sections -Wl,--build-id=none
    -T ${CMAKE_SOURCE_DIR}/qemu/link.ld)
  set(node_link_depends ${CMAKE_SOURCE_DIR}/qemu/link.ld)
else()
  # Fixed addresses, so that a backtrace can be looked up in the file.
  add_compile_options(-fno-pie -fno-omit-frame-pointer)
  target_compile_definitions(node_options INTERFACE _GNU_SOURCE)
  target_link_options(node_options INTERFACE -no-pie -Wl,--gc-sections -Wl,--build-id=none)
  find_package(Threads REQUIRED)
  target_link_libraries(node_options INTERFACE Threads::Threads)
endif()

if(NODE_SANITIZE)
  set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()
if(NODE_COVERAGE)
  set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g")
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

# The version that the image reports: that in the application's version.txt, as under ESP-IDF.
if(EXISTS ${APPLICATION_DIR}/version.txt)
  file(STRINGS ${APPLICATION_DIR}/version.txt HIL_VERSION LIMIT_COUNT 1)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${APPLICATION_DIR}/version.txt)
else()
  set(HIL_VERSION ${PROJECT_VERSION})
endif()
configure_file(image_identity.h.in generated/image_identity.h)
