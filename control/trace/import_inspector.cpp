// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_inspector.hpp"

#include <stdexcept>

#include "control/json/pieces.hpp"
#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/inspector_job.hpp"
#include "control/trace/inspector_records.hpp"
#include "control/trace/job_files.hpp"
#include "control/trace/json_values.hpp"

namespace farlink::trace {
namespace {

Graph joined(const InspectorRecords& records, const std::string& source) {
  try {
    Graph graph = join_records(records);
    check(graph);
    if (const std::uint64_t mismatches = take_sizes_of_sends(graph); mismatches > 0)
      graph.notes.push_back(std::to_string(mismatches) +
                            " messages are received with another size than they are sent with; the sender's counts");
    graph.source = source;
    return graph;
  } catch (const TraceError& error) {
    throw TraceError(source + ": " + error.what());
  }
}

}  // namespace

bool is_inspector(const Specimen& specimen) {
  bool fits = false;
  json::PieceReader reader{json::Cut::documents, Specimen::head_bytes,
                           [&](const json::Place& place, const json::value& piece) {
                             if (place.number > 0 || !piece.is_object()) return;
                             const json::object& first = piece.get_object();
                             fits = member(first, "header") != nullptr &&
                                    (member(first, "coll_perf") != nullptr || member(first, "p2p_perf") != nullptr ||
                                     member(first, "dump_stats") != nullptr);
                           }};
  try {
    reader.feed(specimen.head);
  } catch (const std::runtime_error&) {  // behind the first
  }
  return fits;
}

Graph import_inspector(const std::filesystem::path& path, const ImportOptions& options) {
  InspectorRecords records{options.memory_limit};
  visit_files(path, [&records](ByteSource& content, const std::string&) { records.read(content); });
  return joined(records, path.string());
}

Graph import_inspector(std::span<const std::span<const std::uint8_t>> files, const ImportOptions& options) {
  InspectorRecords records{options.memory_limit};
  for (const std::span<const std::uint8_t> file : files) {
    MemorySource content{file};
    records.read(content);
  }
  return joined(records, "memory");
}

}  // namespace farlink::trace
