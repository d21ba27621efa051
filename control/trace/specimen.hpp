// SPDX-License-Identifier: Apache-2.0
// What a trace is recognised by: names, and how the first file begins.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace farlink::trace {

struct Specimen {
  static constexpr std::size_t head_bytes = 1 << 16;

  std::vector<std::string> names;  // of the files of a folder or archive, in its order; of a single file its own
  std::string head;                // at most head_bytes of the first that has content, decompressed
  // The first line of the head, without white space at its ends.
  std::string_view first_line() const noexcept;
};

// `path`: a file, a folder or a tar archive; hidden files do not count. Nothing of a path that is none of these, such
// as a prefix. Throws TraceError when it cannot be read.
Specimen take_specimen(const std::filesystem::path& path);

}  // namespace farlink::trace
