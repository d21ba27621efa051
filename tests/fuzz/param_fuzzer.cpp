// SPDX-License-Identifier: Apache-2.0
// Any bytes as the PARAM comms trace of every rank of a job of two, or of one (first byte odd).
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/import_param.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace farlink;
  if (size == 0) return 0;
  const std::size_t ranks = (data[0] & 1) == 0 ? 2 : 1;
  const std::vector<std::span<const std::uint8_t>> files(ranks, {data + 1, size - 1});
  trace::ImportOptions options;
  options.memory_limit = units::Bytes::mebi(16);
  try {
    const trace::Graph graph = trace::import_param(files, options);
    trace::check(graph);
    if (graph.ranks.size() != ranks) std::abort();
  } catch (const trace::TraceError&) {
  }
  return 0;
}
