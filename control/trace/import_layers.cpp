// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_layers.hpp"

#include <algorithm>
#include <string>

#include "control/trace/error.hpp"
#include "control/trace/layer_program.hpp"
#include "control/trace/layer_table.hpp"
#include "control/trace/parallel_groups.hpp"
#include "control/trace/stage_program.hpp"
#include "control/trace/text_import.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

bool is_transformer(Policy policy) {
  return policy == Policy::transformer || policy == Policy::transformer_recomputing;
}

// Those that divide the ranks by the network's first dimension, and leave its size to the simulator's settings.
bool needs_dimension(const LayerTable& table) {
  const auto does = [](Policy policy) {
    return policy == Policy::hybrid_data_model || policy == Policy::hybrid_model_data;
  };
  return does(table.policy) ||
         std::any_of(table.layers.begin(), table.layers.end(), [&](const Layer& layer) { return does(layer.policy); });
}

ParallelShape shape_of(const LayerTable& table, const ImportOptions& options) {
  ParallelShape shape{table.ranks == 0 ? options.ranks : table.ranks, table.pipeline, 1, table.expert};
  if (shape.ranks == 0)
    throw TraceError(
        "the file does not say how many ranks there are (all_gpus): in a scenario the sites' GPUs say it, "
        "elsewhere --ranks does");
  if (is_transformer(table.policy)) shape.inner = std::max(table.model_group, 1U);
  if (needs_dimension(table)) shape.inner = options.ranks_per_node;
  if (shape.inner == 0)
    throw TraceError(
        "the policy divides the ranks by the network's first dimension, and the file does not say how "
        "large that is: in a scenario gpus-per-node says it, elsewhere --ranks-per-node does");
  return shape;
}

void add_notes(Graph& graph, const LayerTable& table, const ParallelShape& shape) {
  if (table.ranks == 0)
    graph.notes.push_back("The file does not say how many ranks there are; " + std::to_string(shape.ranks) +
                          " were given.");
  if (needs_dimension(table))
    graph.notes.push_back("The network's first dimension is taken for the node of " + std::to_string(shape.inner) +
                          " GPUs.");
  if (table.policy == Policy::micro)
    graph.notes.emplace_back("The collectives of the table follow one another; ASTRA-sim runs the first alone.");
  if (shape.stages > 1)
    graph.notes.push_back("The table has one stage of " + std::to_string(shape.stages) +
                          ": every stage computes its layers, " +
                          (table.chunks > 1 ? "in interleaved 1F1B of " + std::to_string(table.chunks) + " chunks"
                                            : std::string{"in 1F1B"}) +
                          " over " + std::to_string(table.microbatches) +
                          " micro-batches, and activations of pp_comm cross between them. The embedding is the first "
                          "stage's alone, the final layer and the loss the last one's.");
}

Graph graph_of(const LayerTable& table, const ImportOptions& options) {
  const ParallelShape shape = shape_of(table, options);
  const ParallelGroups groups{shape};
  if (shape.stages > 1 && table.boundary.count() == 0)
    throw TraceError("pp is " + std::to_string(shape.stages) +
                     ", and pp_comm, what crosses between stages, is missing");
  if (table.chunks > 1 && shape.stages > 1 && table.microbatches % shape.stages != 0)
    throw TraceError("interleaved schedules take micro-batches in groups of as many as there are stages: ga " +
                     std::to_string(table.microbatches) + " is no multiple of pp " + std::to_string(shape.stages));
  StageGraph stages{groups, options};
  for (std::uint32_t stage = 0; stage < shape.stages; ++stage) stages.add(layer_program(table, groups, stage));
  Graph graph = stages.finish();
  add_notes(graph, table, shape);
  return graph;
}

}  // namespace

bool is_layer_table(const Specimen& specimen) {
  if (specimen.names.size() != 1) return false;
  const auto words = words_of(specimen.first_line());
  return !words.empty() && policy_named(words[0]).has_value();
}

Graph import_layers(ByteSource& source, const std::string& name, const ImportOptions& options) {
  return import_text(source, name, options, read_layer_table,
                     [&options](const LayerTable& table) { return graph_of(table, options); });
}

}  // namespace farlink::trace
