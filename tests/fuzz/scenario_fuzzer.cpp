// SPDX-License-Identifier: Apache-2.0
// Any text is a scenario or a ScenarioError; nothing else may come out.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "control/scenario/parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    static_cast<void>(farlink::scenario::parse({reinterpret_cast<const char*>(data), size}, "fuzz.yaml"));
  } catch (const farlink::scenario::ScenarioError&) {
  }
  return 0;
}
