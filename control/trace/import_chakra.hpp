// SPDX-License-Identifier: Apache-2.0
// MLCommons Chakra execution traces (one file per rank) to a graph. docs/traces.md says what is read and how.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/specimen.hpp"

namespace farlink::trace {

// A file with records as Chakra's writers make them, or a name that they give; also what is no file: a prefix.
bool is_chakra(const Specimen& specimen);

// `path`: a prefix of PREFIX.<rank>.et (or .json), a folder with the files of one job, one .et file, or a tar archive
// with them; each may be gzip-compressed. Ranks 0 ... N - 1 must all be there. The result has passed check(), every
// rank is at site 0 (place() spreads them), lanes are ranks, model_flops is 0, and notes says what was assumed. Throws
// TraceError with file, record, rank, node id and name, and the reason.
Graph import_chakra(const std::filesystem::path& path, const ImportOptions& options = {});

// The same for files in memory: files[r] is the content of rank r's.
Graph import_chakra(std::span<const std::span<const std::uint8_t>> files, const ImportOptions& options = {});

}  // namespace farlink::trace
