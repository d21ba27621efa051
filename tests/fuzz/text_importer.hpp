// SPDX-License-Identifier: Apache-2.0
// Any text given to an importer: a graph that passed every check, or a refusal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "control/trace/byte_source.hpp"
#include "control/trace/error.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"

namespace farlink::fuzz {

inline int import_any(trace::Graph (*import)(trace::ByteSource&, const std::string&, const trace::ImportOptions&),
                      const std::uint8_t* data, std::size_t size) {
  trace::ImportOptions options;
  options.ranks = 16;  // for formats that do not say
  options.ranks_per_node = 4;
  options.memory_limit = units::Bytes::mebi(64);
  options.record_limit = units::Bytes::kibi(64);
  trace::MemorySource source{{data, size}};
  try {
    static_cast<void>(import(source, "fuzz", options));
  } catch (const trace::TraceError&) {
  }
  return 0;
}

}  // namespace farlink::fuzz
