// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_operations.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/trace/error.hpp"
#include "control/trace/operation_table.hpp"
#include "control/trace/parallel_groups.hpp"
#include "control/trace/program_writer.hpp"
#include "control/trace/stage_program.hpp"
#include "control/trace/text_import.hpp"

namespace farlink::trace {
namespace {

using units::Duration;

// By number of the operation's stage. Throws TraceError for a name that no operation has.
std::vector<Duration> compute_times(const OperationTable& table, const ImportOptions& options) {
  std::vector<Duration> times(table.stages.size());
  for (const auto& [name, time] : options.compute) {
    const auto found = std::find(table.stages.begin(), table.stages.end(), name);
    if (found == table.stages.end()) {
      std::string names;
      for (std::size_t i = 0; i < std::min<std::size_t>(table.stages.size(), 20); ++i)
        names.append(names.empty() ? "" : ", ").append(table.stages[i]);
      std::string what = "no operation is of stage '";
      throw TraceError(what.append(name).append("'; there are: ").append(names));
    }
    times[static_cast<std::size_t>(found - table.stages.begin())] = time;
  }
  return times;
}

Phase computing(const std::string& stage) {
  if (stage.starts_with("backward")) return Phase::backward;
  return stage.starts_with("forward") ? Phase::forward : Phase::optimizer;
}

class Section {
 public:
  Section(const OperationTable& table, const ParallelGroups& groups, std::uint32_t stage)
      : table_{table}, stage_{stage}, stages_{groups.stages()}, writer_{groups} {}

  StageProgram write(std::span<const Duration> compute_times) {
    for (const Operation& operation : table_.sections[stage_].operations) {
      writer_.compute(compute_times[operation.stage] + operation.duration,
                      {operation.line, computing(table_.stages[operation.stage])});
      if (operation.kind == NodeKind::collective) {
        writer_.blocking({operation.collective, operation.family, operation.bytes, {}},
                         {operation.line, operation.family == Family::outer ? Phase::gradient : Phase::tensor});
      } else if (operation.kind != NodeKind::compute) {
        message(operation);
      }
    }
    return writer_.finish();
  }

 private:
  void message(const Operation& operation) {
    if (operation.is_to_next ? stage_ + 1 == stages_ : stage_ == 0)
      throw TraceError("line " + std::to_string(operation.line) + ": a message with the " +
                       (operation.is_to_next ? "next" : "previous") + " stage, and there is none");
    const bool is_send = operation.kind == NodeKind::send;
    Node node;
    node.bytes = operation.bytes;
    node.record = operation.line;
    node.peer = operation.is_to_next ? stage_ + 1 : stage_ - 1;
    // Towards the end of the pipeline activations go, towards its begin their gradients.
    const bool is_forward = is_send == operation.is_to_next;
    node.tag = is_forward ? 0 : 1;
    node.phase = is_forward ? Phase::activation : Phase::gradient_activation;
    if (is_send) {
      // What is sent on was received, also where nothing was done with it since. The last stage turns round.
      const auto& received = is_forward || stage_ + 1 == stages_ ? from_previous_ : from_next_;
      const std::span pending = writer_.pending();
      const bool is_untouched = received && std::find(pending.begin(), pending.end(), *received) != pending.end();
      writer_.send(node, is_untouched ? std::span{&*received, 1} : std::span<const std::uint32_t>{});
    } else {
      auto& received = operation.is_to_next ? from_next_ : from_previous_;
      received = writer_.receive(node);
      writer_.wait(received);
    }
  }

  const OperationTable& table_;
  std::uint32_t stage_, stages_;
  ProgramWriter writer_;
  std::optional<std::uint32_t> from_next_, from_previous_;  // received last
};

Graph graph_of(const OperationTable& table, const ImportOptions& options) {
  const ParallelGroups groups{table.shape};
  const std::vector<Duration> times = compute_times(table, options);
  StageGraph stages{groups, options};
  bool computes = false;
  for (std::uint32_t stage = 0; stage < groups.stages(); ++stage) {
    StageProgram stage_program = Section{table, groups, stage}.write(times);
    for (const Node& node : stage_program.program.nodes) computes = computes || node.kind == NodeKind::compute;
    stages.add(std::move(stage_program));
  }
  Graph graph = stages.finish();
  if (!computes)
    graph.notes.emplace_back(
        "The table has no compute times, so the ranks do nothing but communicate; workload.compute "
        "says how long each kind of operation is computed for.");
  const std::uint32_t epochs = table.sections.front().epochs;
  if (epochs > 1) graph.notes.push_back("The table has " + std::to_string(epochs) + " steps; this is the first.");
  return graph;
}

}  // namespace

bool is_operation_table(const Specimen& specimen) {
  return specimen.names.size() == 1 && is_section(specimen.first_line());
}

Graph import_operations(ByteSource& source, const std::string& name, const ImportOptions& options) {
  return import_text(source, name, options, read_operation_table,
                     [&options](const OperationTable& table) { return graph_of(table, options); });
}

}  // namespace farlink::trace
