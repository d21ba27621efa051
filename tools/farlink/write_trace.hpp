// SPDX-License-Identifier: Apache-2.0
// A job as files that others read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "control/trace/graph.hpp"

namespace farlink::cli {

struct WrittenTrace {
  std::uint64_t bytes = 0;
  std::filesystem::path first, last;
};

// Writes PREFIX.0.et ... PREFIX.N-1.et (trace::ChakraWriter), each whole or not at all; the folder must exist. Throws
// trace::TraceError when the job cannot be written so, or when PREFIX.<rank>.et are there of a job with more ranks,
// which would be taken for this job's; std::filesystem::filesystem_error when a file cannot be written.
WrittenTrace write_trace(const trace::Graph& graph, const std::string& prefix);

}  // namespace farlink::cli
