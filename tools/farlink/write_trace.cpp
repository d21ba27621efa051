// SPDX-License-Identifier: Apache-2.0
#include "tools/farlink/write_trace.hpp"

#include "control/report/write_file.hpp"
#include "control/trace/chakra_writer.hpp"
#include "control/trace/error.hpp"

namespace farlink::cli {
namespace {

std::filesystem::path file_of(const std::string& prefix, std::size_t rank) {
  return prefix + "." + std::to_string(rank) + ".et";
}

}  // namespace

WrittenTrace write_trace(const trace::Graph& graph, const std::string& prefix) {
  const trace::ChakraWriter writer{graph};
  const auto ranks = static_cast<std::uint32_t>(graph.ranks.size());
  if (const std::filesystem::path more = file_of(prefix, ranks); std::filesystem::exists(more))
    throw trace::TraceError(more.string() + ": is there of a job with more than " + std::to_string(ranks) +
                            " ranks; remove its files or choose another prefix");
  WrittenTrace written{.first = file_of(prefix, 0), .last = file_of(prefix, ranks - 1)};
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    const std::string content = writer.file_of(rank);
    report::write_file(file_of(prefix, rank), content);
    written.bytes += content.size();
  }
  return written;
}

}  // namespace farlink::cli
