// SPDX-License-Identifier: Apache-2.0
// Any bytes as PyTorch's recordings of a job of two ranks that do alike. The first byte says as what: 0 a host trace, 1
// a profile, else a host trace and, behind the first zero byte, its profile.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/import_pytorch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace farlink;
  if (size == 0) return 0;
  const std::uint8_t kind = data[0] % 3;
  const std::span all{data + 1, size - 1};
  const auto zero = static_cast<std::size_t>(std::find(all.begin(), all.end(), 0) - all.begin());
  const std::vector<std::span<const std::uint8_t>> files(2, kind == 2 ? all.first(zero) : all);
  std::vector<std::span<const std::uint8_t>> profiles;
  if (kind == 2) profiles.assign(2, all.subspan(std::min(zero + 1, all.size())));
  trace::ImportOptions options;
  options.memory_limit = units::Bytes::mebi(16);
  try {
    const trace::Graph graph =
        kind == 1 ? trace::import_kineto(files, options) : trace::import_host_trace(files, profiles, options);
    trace::check(graph);
    if (graph.ranks.size() != 2) std::abort();
  } catch (const trace::TraceError&) {
  }
  return 0;
}
