# Gives the linked file its identity: the SHA-256 of the file with section .elf_sha as zeros is
# written into that section, and into build.json.
function(add_identity linked result)
  if(node_link_depends)
    set_target_properties(${linked} PROPERTIES LINK_DEPENDS "${node_link_depends}")
  endif()
  add_custom_command(
    OUTPUT ${result} build.json
    COMMAND ${CMAKE_COMMAND}
      -DLINKED=$<TARGET_FILE:${linked}> -DRESULT=${CMAKE_CURRENT_BINARY_DIR}/${result}
      -DOBJCOPY=${CMAKE_OBJCOPY} -DCOMPILER=${CMAKE_C_COMPILER}
      # CC="ccache gcc": the first word is the compiler to CMake, what follows its first argument
      "-DFLAGS=${CMAKE_C_COMPILER_ARG1} ${CMAKE_ASM_FLAGS}"
      -DPORT=${NODE_PORT} -DVERSION=${HIL_VERSION} -DSANITIZE=${NODE_SANITIZE}
      -DCOVERAGE=${NODE_COVERAGE} -DAGENT=${HIL_AGENT_ENABLED}
      -DCOMPILER_VERSION=${CMAKE_C_COMPILER_VERSION}
      -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/write_identity.cmake
    DEPENDS ${linked} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/write_identity.cmake
    VERBATIM)
  add_custom_target(identity ALL DEPENDS ${result} build.json)
endfunction()
