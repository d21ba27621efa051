// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_param.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "control/trace/archive.hpp"
#include "control/trace/error.hpp"
#include "control/trace/job_files.hpp"
#include "control/trace/json_pieces.hpp"
#include "control/trace/json_values.hpp"
#include "control/trace/param_job.hpp"
#include "control/trace/param_rank.hpp"

namespace farlink::trace {

bool is_param(const Specimen& specimen) {
  if (specimen.head.find_first_not_of(" \t\r\n") == std::string::npos ||
      specimen.head[specimen.head.find_first_not_of(" \t\r\n")] != '[')
    return false;
  bool fits = false;
  json::PieceReader reader{json::Cut::pieces, Specimen::head_bytes,
                           [&](const json::Place& place, const json::value& piece) {
                             if (place.number > 0 || !place.key.empty() || !piece.is_object()) return;
                             const json::object& first = piece.get_object();
                             fits = member(first, "comms") != nullptr || member(first, "compute") != nullptr;
                           }};
  try {
    reader.feed(specimen.head);
  } catch (const std::runtime_error&) {  // behind the first element
  }
  return fits;
}

Graph import_param(const std::filesystem::path& path, const ImportOptions& options) {
  ParamJob job{options};
  std::error_code error;
  const bool is_one_file = std::filesystem::is_regular_file(path, error);
  const auto add = [&](std::optional<std::uint32_t> number) {
    visit_files(path, [&](ByteSource& content, const std::string& name) {
      const bool is_alone = is_one_file && name == path.filename().string();
      const auto rank = rank_in_name(name);
      if (!rank && !is_alone) return;
      job.add(read_param_rank(content, rank.value_or(number.value_or(0)), job.memory_left()), name);
    });
  };
  if (is_one_file && !rank_in_name(path.filename().string()) && options.ranks > 1 && !is_archive(path)) {
    for (std::uint32_t rank = 0; rank < options.ranks; ++rank) add(rank);
    job.say_alike();
  } else {
    add(std::nullopt);
  }
  try {
    Graph graph = job.finish();
    graph.source = path.string();
    return graph;
  } catch (const TraceError& reason) {
    throw TraceError(path.string() + ": " + reason.what());
  }
}

Graph import_param(std::span<const std::span<const std::uint8_t>> files, const ImportOptions& options) {
  ParamJob job{options};
  for (std::uint32_t rank = 0; rank < files.size(); ++rank) {
    MemorySource content{files[rank]};
    job.add(read_param_rank(content, rank, job.memory_left()), "rank " + std::to_string(rank));
  }
  Graph graph = job.finish();
  graph.source = "memory";
  return graph;
}

}  // namespace farlink::trace
