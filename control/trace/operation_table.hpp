// SPDX-License-Identifier: Apache-2.0
// AICB's list of operations in CSV: what a rank of each pipeline stage calls, in program order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "control/trace/graph.hpp"
#include "control/trace/line_reader.hpp"
#include "control/trace/parallel_groups.hpp"

namespace farlink::trace {

struct Operation {
  NodeKind kind = NodeKind::compute;
  Collective collective = Collective::all_reduce;
  Family family = Family::all;
  bool is_to_next = false;  // a message's other end: the next stage, or the previous one
  std::uint32_t stage = 0;  // index into OperationTable::stages: "forward.MegatronRowLinear"
  std::uint32_t line = 0;
  units::Bytes bytes;        // of the whole buffer: of an all-gather what everybody has in the end
  units::Duration duration;  // compute
};

struct OperationSection {
  std::vector<std::uint32_t> ranks;
  std::vector<Operation> operations;  // of one step
  std::uint32_t epochs = 0;           // steps that the section has, what comes before the first epoch_end apart
};

struct OperationTable {
  std::vector<OperationSection> sections;  // pipeline stages
  std::vector<std::string> stages;         // names
  ParallelShape shape;
};

bool is_section(std::string_view line) noexcept;  // "[rank0 ~ rank127]", "[ pp_stage3: [rank48, ...] ]"

// Throws TraceError, without file or line, for anything that is none of the format's.
OperationTable read_operation_table(LineReader& lines);

}  // namespace farlink::trace
