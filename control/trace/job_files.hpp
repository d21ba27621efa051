// SPDX-License-Identifier: Apache-2.0
// The files of a job in a folder or a tar archive, or one file alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "control/trace/byte_source.hpp"

namespace farlink::trace {

// Visits every file, of a folder in the order of names, but hidden ones. `name`: in the folder or archive; of one file
// its own. TraceErrors of `visit` get path and name in front. Throws TraceError when something cannot be read.
void visit_files(const std::filesystem::path& path,
                 const std::function<void(ByteSource& content, const std::string& name)>& visit);

// The number behind "rank" or "worker" in a JSON file's name, else the one that it ends with: "run/rank-3.json.gz",
// "worker3_step_12.pt.trace.json", "trace_3.json" -> 3. None of other names, and of versions ("et_1.1.0.json").
std::optional<std::uint32_t> rank_in_name(std::string_view name);

}  // namespace farlink::trace
