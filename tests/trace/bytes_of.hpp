// SPDX-License-Identifier: Apache-2.0
// Texts of a test as the files in memory that importers take.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/trace/error.hpp"

namespace farlink::trace_test {

// The texts must outlive the result.
inline std::vector<std::span<const std::uint8_t>> bytes_of(const std::vector<std::string>& files) {
  std::vector<std::span<const std::uint8_t>> spans;
  for (const std::string& file : files)
    spans.emplace_back(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  return spans;
}

// What an import is refused with; empty when it is not.
template <typename Import>
std::string refusal_of(Import import) {
  try {
    import();
  } catch (const trace::TraceError& error) {
    return error.what();
  }
  return {};
}

}  // namespace farlink::trace_test
