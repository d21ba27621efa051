// SPDX-License-Identifier: Apache-2.0
// Any bytes as records of NCCL Inspector: they are imported or refused with a TraceError; nothing else.
#include <cstdint>
#include <span>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/import_inspector.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace farlink;
  const std::span<const std::uint8_t> file{data, size};
  trace::ImportOptions options;
  options.memory_limit = units::Bytes::mebi(16);
  try {
    trace::check(trace::import_inspector({&file, 1}, options));
  } catch (const trace::TraceError&) {
  }
  return 0;
}
