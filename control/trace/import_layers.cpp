// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_layers.hpp"

#include <string>
#include <utility>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/layer_groups.hpp"
#include "control/trace/layer_program.hpp"
#include "control/trace/layer_table.hpp"
#include "control/trace/line_reader.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

std::uint64_t bytes_of(const Rank& rank) {
  return rank.nodes.size() * sizeof(Node) + rank.dependencies.size() * sizeof(std::uint32_t);
}

void charge(std::uint64_t bytes, const ImportOptions& options) {
  if (bytes > options.memory_limit.count())
    throw TraceError("the graph takes " + std::to_string(bytes >> 20) + " MiB, its limit is " +
                     std::to_string(options.memory_limit.count() >> 20) + " MiB");
}

void add_notes(Graph& graph, const LayerTable& table, const LayerGroups& groups, const LayerProgram& program) {
  if (!groups.note().empty()) graph.notes.push_back(groups.note());
  if (table.policy == Policy::micro)
    graph.notes.emplace_back("The collectives of the table follow one another; ASTRA-sim runs the first alone.");
  if (groups.stages() > 1)
    graph.notes.push_back("The table has one stage of " + std::to_string(groups.stages()) +
                          ": every stage computes its layers, " +
                          (table.chunks > 1 ? "in interleaved 1F1B of " + std::to_string(table.chunks) + " chunks"
                                            : std::string{"in 1F1B"}) +
                          " over " + std::to_string(table.microbatches) +
                          " micro-batches, and activations of pp_comm cross between them. The embedding is the first "
                          "stage's alone, the final layer and the loss the last one's.");
  if (program.without_bytes > 0)
    graph.notes.push_back(std::to_string(program.without_bytes) +
                          " collectives of each rank have no bytes and are left out.");
  if (program.alone > 0)
    graph.notes.push_back(std::to_string(program.alone) +
                          " collectives of each rank have it alone in their group: they send nothing.");
  if (program.rounded > 0)
    graph.notes.push_back(std::to_string(program.rounded) +
                          " all-gathers of each rank do not divide by their group; the shares are rounded up.");
}

Graph graph_of(const LayerTable& table, const ImportOptions& options) {
  const LayerGroups groups{table, options};
  if (groups.stages() > 1 && table.boundary.count() == 0)
    throw TraceError("pp is " + std::to_string(groups.stages()) +
                     ", and pp_comm, what crosses between stages, is missing");
  if (groups.stages() == 1 && table.chunks > 1 && table.ranks == 0) throw TraceError("vpp needs stages (pp)");
  if (table.chunks > 1 && groups.stages() > 1 && table.microbatches % groups.stages() != 0)
    throw TraceError("interleaved schedules take micro-batches in groups of as many as there are stages: ga " +
                     std::to_string(table.microbatches) + " is no multiple of pp " + std::to_string(groups.stages()));
  Graph graph;
  charge(std::uint64_t{groups.ranks()} * 64, options);  // groups and what each rank has anyway
  graph.groups = groups.groups();
  graph.ranks.reserve(groups.ranks());
  const std::uint32_t in_stage = groups.ranks() / groups.stages();
  std::uint64_t bytes = 0;
  for (std::uint32_t stage = 0; stage < groups.stages(); ++stage) {
    const LayerProgram program = layer_program(table, groups, stage);
    bytes += bytes_of(program.rank) * in_stage;
    charge(bytes, options);
    for (std::uint32_t i = 0; i < in_stage; ++i) {
      const std::uint32_t rank = stage * in_stage + i;
      graph.ranks.push_back(bind(program.rank, groups, rank));
      graph.lane_of_rank.push_back(groups.stages() > 1 ? stage : rank);
    }
    if (stage + 1 == groups.stages()) add_notes(graph, table, groups, program);
  }
  graph.site_of_rank.assign(graph.ranks.size(), 0);
  return graph;
}

}  // namespace

bool is_layer_table(const Specimen& specimen) {
  if (specimen.names.size() != 1) return false;
  const auto words = words_of(specimen.first_line());
  return !words.empty() && policy_named(words[0]).has_value();
}

Graph import_layers(ByteSource& source, const std::string& name, const ImportOptions& options) {
  GunzipSource content{source};
  LineReader lines{content, options.record_limit};
  LayerTable table;
  try {
    table = read_layer_table(lines);
  } catch (const TraceError& error) {
    throw TraceError(name + ": line " + std::to_string(lines.number()) + ": " + error.what());
  }
  try {
    Graph graph = graph_of(table, options);
    graph.source = name;
    check(graph);
    return graph;
  } catch (const TraceError& error) {
    throw TraceError(name + ": " + error.what());
  }
}

Graph import_layers(const std::filesystem::path& path, const ImportOptions& options) {
  FileSource file{path};
  return import_layers(file, path.string(), options);
}

}  // namespace farlink::trace
