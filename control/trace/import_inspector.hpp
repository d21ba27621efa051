// SPDX-License-Identifier: Apache-2.0
// Records of NCCL Inspector, NCCL's own profiler plugin, to a graph. docs/traces.md says what is read and how.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/specimen.hpp"

namespace farlink::trace {

// JSON objects with a "header" and one of "coll_perf", "p2p_perf", "dump_stats".
bool is_inspector(const Specimen& specimen);

// `path`: a file, a folder or a tar archive with the records of all processes, gzip or not. The result has passed
// check(). Records are objects of their file, from 0. Throws TraceError with file, object and reason.
Graph import_inspector(const std::filesystem::path& path, const ImportOptions& options);

// The same for files in memory.
Graph import_inspector(std::span<const std::span<const std::uint8_t>> files, const ImportOptions& options);

}  // namespace farlink::trace
