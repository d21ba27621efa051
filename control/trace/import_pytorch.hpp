// SPDX-License-Identifier: Apache-2.0
// PyTorch's recordings of a job: host execution traces, Kineto profiles, or both. docs/traces.md says what is read and
// how.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/specimen.hpp"

namespace farlink::trace {

// An object with "schema" and "nodes" that have PyTorch's fields.
bool is_host_trace(const Specimen& specimen);
// An object with "traceEvents".
bool is_kineto(const Specimen& specimen);

// `path`: a folder or tar archive with a file for each rank, whose name ends with the rank ("trace_3.json", gzip or
// not), or one file; without a number that of rank 0. With options.kineto the times between calls are those of the
// profiles there, one for each rank. The result has passed check(). Throws TraceError with file, node and reason.
Graph import_host_trace(const std::filesystem::path& path, const ImportOptions& options);

// The same for profiles that say what is called; the rank is that of distributedInfo.
Graph import_kineto(const std::filesystem::path& path, const ImportOptions& options);

// The same for files in memory, for rank 0, 1, ...; profiles: as many, or none.
Graph import_host_trace(std::span<const std::span<const std::uint8_t>> files,
                        std::span<const std::span<const std::uint8_t>> profiles, const ImportOptions& options);
Graph import_kineto(std::span<const std::span<const std::uint8_t>> files, const ImportOptions& options);

}  // namespace farlink::trace
