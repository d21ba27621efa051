// SPDX-License-Identifier: Apache-2.0
// A graph as Chakra execution traces, which other simulators read and import_chakra() reads back.
#pragma once

#include <cstdint>
#include <string>

#include "control/trace/graph.hpp"

namespace farlink::trace {

// What Chakra has no word for goes into attributes of our own (own_attributes.hpp). A collective with `repeat` becomes
// that many nodes, one after the other. Groups are numbered from 1 (readers take 0 for all ranks); a process_group:init
// node gives their ranks, and their names as pg_desc. Sites are not written: whoever replays the trace has sites of its
// own.
class ChakraWriter {
 public:
  // `graph` has passed check() and must outlive this. Throws TraceError for one with storage servers, which are no
  // ranks.
  explicit ChakraWriter(const Graph& graph);

  // The content of PREFIX.<rank>.et, some hundred bytes a node.
  std::string file_of(std::uint32_t rank) const;

 private:
  const Graph& graph_;
};

}  // namespace farlink::trace
