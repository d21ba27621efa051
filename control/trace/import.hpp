// SPDX-License-Identifier: Apache-2.0
// Any recorded job to a graph: its format is recognised by content. docs/traces.md says what is read and how.
#pragma once

#include <filesystem>
#include <string_view>

#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/specimen.hpp"

namespace farlink::trace {

// One row for each importer.
struct Format {
  std::string_view name;  // "Chakra execution trace"
  bool (*fits)(const Specimen& specimen) = nullptr;
  // The result has passed check(), every rank is at site 0 (place() spreads them), and notes says what was assumed.
  // Throws TraceError with file, record and reason.
  Graph (*import)(const std::filesystem::path& path, const ImportOptions& options) = nullptr;
  bool takes_compute = false;  // ImportOptions::compute; others refuse it
  bool takes_kineto = false;   // ImportOptions::kineto; others refuse it
  bool replicates = false;     // ImportOptions::replicate; others have all ranks in one file
};

// The first that fits. Throws TraceError that names the known formats when none does.
const Format& recognise(const std::filesystem::path& path);

Graph import_trace(const std::filesystem::path& path, const ImportOptions& options = {});

}  // namespace farlink::trace
