// SPDX-License-Identifier: Apache-2.0
// A result file is there whole or not at all: a reader, or a crash, never meets half of one.
#pragma once

#include <filesystem>
#include <string_view>

namespace farlink::report {

// Writes `text` to a temporary name beside `path`, brings it to the disk (fsync) and renames it over `path`; the folder
// must exist. Throws std::filesystem::filesystem_error with the path and the system's reason; then `path` is as it was
// before and the temporary name is gone.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace farlink::report
