// SPDX-License-Identifier: Apache-2.0
// PARAM's basic comms traces: what each rank calls, a JSON list for each. docs/traces.md says what is read and how.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/specimen.hpp"

namespace farlink::trace {

// A list whose first element has "comms" or "compute".
bool is_param(const Specimen& specimen);

// `path`: a folder or tar archive with a file for each rank, whose name ends with the rank ("rank-3.json", gzip or
// not), or one file, of a job of one rank. The result has passed check(). Records are elements of the list, from 0.
// Throws TraceError with file, element and reason.
Graph import_param(const std::filesystem::path& path, const ImportOptions& options);

// The same for files in memory: files[r] is the content of rank r's.
Graph import_param(std::span<const std::span<const std::uint8_t>> files, const ImportOptions& options);

}  // namespace farlink::trace
