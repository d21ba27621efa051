// SPDX-License-Identifier: Apache-2.0
#include "control/trace/specimen.hpp"

#include <algorithm>

#include "control/trace/archive.hpp"
#include "control/trace/byte_source.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace fs = std::filesystem;
namespace {

std::string head_of(ByteSource& source) {
  GunzipSource content{source};
  std::string head(Specimen::head_bytes, '\0');
  std::size_t count = 0;
  while (count < head.size()) {
    const std::size_t more = content.read({reinterpret_cast<std::uint8_t*>(head.data()) + count, head.size() - count});
    if (more == 0) break;
    count += more;
  }
  head.resize(count);
  return head;
}

std::string head_of_file(const fs::path& path) {
  FileSource file{path};
  return head_of(file);
}

bool is_hidden(std::string_view name) { return name.substr(name.rfind('/') + 1).starts_with('.'); }

}  // namespace

std::string_view Specimen::first_line() const noexcept {
  return trimmed(std::string_view{head}.substr(0, head.find('\n')));
}

Specimen take_specimen(const fs::path& path) {
  Specimen specimen;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    std::vector<fs::path> files;
    for (fs::directory_iterator entry{path, error}, end; !error && entry != end; entry.increment(error))
      if (entry->is_regular_file(error) && !is_hidden(entry->path().filename().string()))
        files.push_back(entry->path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      specimen.names.push_back(file.filename().string());
      if (specimen.head.empty()) specimen.head = head_of_file(file);
    }
  } else if (fs::is_regular_file(path, error) && is_archive(path)) {
    Archive archive{path};
    while (const auto name = archive.next()) {
      if (is_hidden(*name)) continue;
      specimen.names.push_back(*name);
      if (specimen.head.empty()) specimen.head = head_of(archive.content());
    }
  } else if (fs::is_regular_file(path, error)) {
    specimen.names.push_back(path.filename().string());
    specimen.head = head_of_file(path);
  }
  return specimen;
}

}  // namespace farlink::trace
