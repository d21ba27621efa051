// SPDX-License-Identifier: Apache-2.0
// Any text as a layer table.
#include "control/trace/import_layers.hpp"
#include "tests/fuzz/text_importer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return farlink::fuzz::import_any(farlink::trace::import_layers, data, size);
}
