# SPDX-License-Identifier: Apache-2.0
# Bundles the report page: npm installs what the lock file pins, tsc checks, esbuild bundles, and bundle.mjs writes one .cpp
# with the page in it. Everything happens on copies in the build directory; the source tree stays as it is.
find_program(FARLINK_NPM npm)
find_program(FARLINK_NODE NAMES node nodejs)
if(NOT FARLINK_NPM OR NOT FARLINK_NODE)
  message(FATAL_ERROR "the report page needs Node.js 18 or later and npm; on Debian: apt install nodejs npm")
endif()

set(page_build ${CMAKE_CURRENT_BINARY_DIR}/page)
set(page_packages package.json package-lock.json .npmrc)
file(GLOB page_sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_LIST_DIR}
  ${CMAKE_CURRENT_LIST_DIR}/src/*.ts ${CMAKE_CURRENT_LIST_DIR}/src/*.css)
list(APPEND page_sources index.html bundle.mjs tsconfig.json)

# copy_of(OUT files...): one copying rule per file; OUT receives the copies.
function(copy_of out)
  set(copies)
  foreach(file IN LISTS ARGN)
    add_custom_command(OUTPUT ${page_build}/${file}
      COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${file} ${page_build}/${file}
      DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${file} VERBATIM)
    list(APPEND copies ${page_build}/${file})
  endforeach()
  set(${out} ${copies} PARENT_SCOPE)
endfunction()
copy_of(package_copies ${page_packages})
copy_of(source_copies ${page_sources})

add_custom_command(OUTPUT ${page_build}/installed
  COMMAND ${FARLINK_NPM} ci --ignore-scripts --no-audit --no-fund --loglevel=error
  COMMAND ${CMAKE_COMMAND} -E touch ${page_build}/installed
  DEPENDS ${package_copies} WORKING_DIRECTORY ${page_build} COMMENT "Installing the report page's packages" VERBATIM)

set(FARLINK_PAGE_SOURCE ${page_build}/page_text.cpp)
add_custom_command(OUTPUT ${FARLINK_PAGE_SOURCE}
  COMMAND ${FARLINK_NODE} node_modules/typescript/bin/tsc --noEmit
  COMMAND ${FARLINK_NODE} bundle.mjs page_text.cpp
  DEPENDS ${page_build}/installed ${source_copies}
  WORKING_DIRECTORY ${page_build} COMMENT "Bundling report.html" VERBATIM)
