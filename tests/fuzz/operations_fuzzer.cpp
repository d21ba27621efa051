// SPDX-License-Identifier: Apache-2.0
// Any text as an operation table.
#include "control/trace/import_operations.hpp"
#include "tests/fuzz/text_importer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return farlink::fuzz::import_any(farlink::trace::import_operations, data, size);
}
