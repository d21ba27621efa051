# SPDX-License-Identifier: Apache-2.0
# Compiler flags and build switches that hold for every target.
option(FARLINK_BUILD_TESTS "Build tests and benchmarks" ON)
option(FARLINK_FUZZ "Build the fuzzers (clang only)" OFF)
option(FARLINK_WERROR "Treat warnings as errors" ON)
option(FARLINK_WITH_DPDK "Use DPDK when it is found" ON)
option(FARLINK_WITH_VERBS "Use libibverbs when it is found" ON)
set(FARLINK_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

add_library(farlink_flags INTERFACE)
target_include_directories(farlink_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(farlink_flags INTERFACE -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow
  $<$<BOOL:${FARLINK_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # g++ 12 reports std::string concatenation (GCC bug 105651)
if(FARLINK_SANITIZE)
  target_compile_options(farlink_flags INTERFACE -fsanitize=${FARLINK_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)  # instrumented code looks so to GCC, as its manual says
  target_link_options(farlink_flags INTERFACE -fsanitize=${FARLINK_SANITIZE})
endif()
include(CheckIPOSupported)
check_ipo_supported(RESULT FARLINK_IPO LANGUAGES CXX OUTPUT ignored)
if(FARLINK_IPO AND CMAKE_BUILD_TYPE STREQUAL Release AND NOT FARLINK_SANITIZE)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)  # objects that also link without it, see farlink_test()
    set(CMAKE_CXX_COMPILE_OPTIONS_IPO -flto=auto -ffat-lto-objects)
    # The same bug, under another name, when the linker inlines.
    target_link_options(farlink_flags INTERFACE -Wno-restrict -Wno-stringop-overflow)
  endif()
endif()
