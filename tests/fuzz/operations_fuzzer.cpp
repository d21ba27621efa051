// SPDX-License-Identifier: Apache-2.0
// Any text as a operation table: a graph that passed every check, or a refusal.
#include <cstddef>
#include <cstdint>

#include "control/trace/error.hpp"
#include "control/trace/import_operations.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace farlink::trace;
  ImportOptions options;
  options.memory_limit = farlink::units::Bytes::mebi(64);
  options.record_limit = farlink::units::Bytes::kibi(64);
  MemorySource source{{data, size}};
  try {
    static_cast<void>(import_operations(source, "fuzz", options));
  } catch (const TraceError&) {
  }
  return 0;
}
