// SPDX-License-Identifier: Apache-2.0
// What every importer of a text of lines has in common: gzip, limits, and refusals that say where.
#pragma once

#include <string>
#include <utility>

#include "control/trace/byte_source.hpp"
#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/line_reader.hpp"

namespace farlink::trace {

// make(read(lines)), checked; `name`: of the source. TraceErrors of `read` get name and line, others the name.
template <typename Read, typename Make>
Graph import_text(ByteSource& source, const std::string& name, const ImportOptions& options, Read read, Make make) {
  GunzipSource content{source};
  LineReader lines{content, options.record_limit};
  const auto contents = [&] {
    try {
      return read(lines);
    } catch (const TraceError& error) {
      throw TraceError(name + ": line " + std::to_string(lines.number()) + ": " + error.what());
    }
  };
  auto table = contents();
  try {
    Graph graph = make(std::move(table));
    check(graph);  // says where itself when the graph has its source
    graph.source = name;
    return graph;
  } catch (const TraceError& error) {
    throw TraceError(name + ": " + error.what());
  }
}

}  // namespace farlink::trace
