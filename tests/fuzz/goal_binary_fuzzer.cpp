// SPDX-License-Identifier: Apache-2.0
// Any bytes as a binary GOAL schedule.
#include "control/trace/import_goal_binary.hpp"
#include "tests/fuzz/text_importer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return farlink::fuzz::import_any(farlink::trace::import_goal_binary, data, size);
}
