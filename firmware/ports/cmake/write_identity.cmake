# The build runs this to make RESULT, and build.json beside it, from LINKED.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status ERROR_VARIABLE error)
  if(status)
    message(FATAL_ERROR "${ARGN}: ${error}")
  endif()
endfunction()

get_filename_component(dir ${RESULT} DIRECTORY)
set(zeroed ${RESULT}.zeroed)
set(source ${dir}/elf_sha.S)
set(bytes ${dir}/elf_sha.bin)
separate_arguments(FLAGS)

# objcopy changes the layout of the file, so it runs twice: the second pass changes only the section.
run(${OBJCOPY} ${LINKED} ${zeroed})
file(SHA256 ${zeroed} sha)

string(REGEX REPLACE "(..)" "0x\\1," list ${sha})
string(REGEX REPLACE ",$" "" list ${list})
file(WRITE ${source} ".section .data\n.byte ${list}\n")
run(${COMPILER} ${FLAGS} -c ${source} -o ${source}.o)
run(${OBJCOPY} -O binary -j .data ${source}.o ${bytes})
run(${OBJCOPY} --update-section .elf_sha=${bytes} ${zeroed} ${RESULT})
file(REMOVE ${zeroed} ${source} ${source}.o ${bytes})

function(as_json name value)
  if(value)
    set(${name} true PARENT_SCOPE)
  else()
    set(${name} false PARENT_SCOPE)
  endif()
endfunction()
foreach(option SANITIZE COVERAGE AGENT)
  as_json(${option} ${${option}})
endforeach()

file(WRITE ${dir}/build.json "{
  \"target\": \"${PORT}\",
  \"elf\": \"node.elf\",
  \"elf_sha256\": \"${sha}\",
  \"version\": \"${VERSION}\",
  \"compiler\": \"${COMPILER_VERSION}\",
  \"sanitize\": ${SANITIZE},
  \"coverage\": ${COVERAGE},
  \"agent\": ${AGENT}
}
")
