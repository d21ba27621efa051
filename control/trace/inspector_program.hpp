// SPDX-License-Identifier: Apache-2.0
// What the recorded operations of a process become: nodes, in program order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/trace/graph.hpp"
#include "control/trace/inspector_records.hpp"

namespace farlink::trace {

// An operation that is replayed, as a node without dependencies.
struct InspectorStep {
  Node node;
  std::uint32_t communicator = 0;
  InspectorInterval time;  // of timed_program()
};

// In the order of their starts. What ran at the same time does so again; what passed between the end of all before and
// the start of the next is compute of the GPU. Throws TraceError when that takes more than `limit`.
Program timed_program(std::vector<InspectorStep> steps, units::Bytes limit);

// In their order in each communicator, which have nothing to do with each other.
Program untimed_program(std::span<const InspectorStep> steps);

}  // namespace farlink::trace
