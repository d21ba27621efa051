// SPDX-License-Identifier: Apache-2.0
// The files of a job in a folder or a tar archive, or one file alone.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "control/trace/byte_source.hpp"

namespace farlink::trace {

// Visits every file, of a folder in the order of names, but hidden ones. `name`: in the folder or archive; of one file
// its own. TraceErrors of `visit` get path and name in front. Throws TraceError when something cannot be read.
void visit_files(const std::filesystem::path& path,
                 const std::function<void(ByteSource& content, const std::string& name)>& visit);

}  // namespace farlink::trace
