// SPDX-License-Identifier: Apache-2.0
// Arbitrary bytes as a Chakra file of every rank of a two-rank job, or of one rank (first byte odd): they are imported
// or refused with a TraceError; nothing else. What is imported must have passed the checks a replay relies on.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/import_chakra.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace farlink;
  if (size == 0) return 0;
  const std::size_t ranks = (data[0] & 1) == 0 ? 2 : 1;
  const std::span<const std::uint8_t> file{data + 1, size - 1};
  const std::vector<std::span<const std::uint8_t>> files(ranks, file);
  trace::ImportOptions options;
  options.record_limit = units::Bytes::mebi(1);
  options.memory_limit = units::Bytes::mebi(16);
  try {
    const trace::Graph graph = trace::import_chakra(files, options);
    trace::check(graph);
    if (graph.ranks.size() != ranks) std::abort();
  } catch (const trace::TraceError&) {
  }
  return 0;
}
