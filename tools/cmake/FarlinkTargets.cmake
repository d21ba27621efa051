# SPDX-License-Identifier: Apache-2.0
# farlink_library(dataplane_units SOURCES a.cpp DEPENDS other PRIVATE_DEPENDS Boost::json): the one target of a folder.
# A folder of headers alone leaves SOURCES out.
function(farlink_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC farlink_flags ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE_DEPENDS})
    # Optimised across files where frames move; elsewhere that costs a third of the build and gains nothing measurable.
    if(NOT name MATCHES "^dataplane_|^control_fabric|^control_replay$")
      set_target_properties(${name} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
      # What reads a scenario and writes a report runs once; what reads traces meets gigabytes of them.
      target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:$<IF:$<STREQUAL:${name},control_trace>,-O2,-O1>>)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE farlink_flags ${ARG_DEPENDS})
  endif()
endfunction()

# farlink_test(units_test SOURCES a_test.cpp DEPENDS dataplane_units): a Catch2 executable, one ctest entry each.
function(farlink_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE farlink_catch_main ${ARG_DEPENDS})
  if(NOT "${ARG_LABELS}" MATCHES dpdk)  # DPDK's flags are not those that the header was compiled with
    target_precompile_headers(${name} REUSE_FROM farlink_catch_main)
  endif()
  # A dozen test programs optimised as wholes would take longer to link than everything takes to compile.
  set_target_properties(${name} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
  target_link_options(${name} PRIVATE $<$<AND:$<BOOL:${FARLINK_IPO}>,$<CXX_COMPILER_ID:GNU>>:-fno-lto>)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# farlink_fuzzer(frame_fuzzer SOURCES f.cpp DEPENDS dataplane_wire): a libFuzzer executable, built by the fuzz preset.
function(farlink_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  if(FARLINK_FUZZ)
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_DEPENDS})
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin/fuzz)
    if(NOT TARGET fuzzers)
      add_custom_target(fuzzers)  # all of them; tools/test runs what is in bin/fuzz
    endif()
    add_dependencies(fuzzers ${name})
  endif()
endfunction()
