// SPDX-License-Identifier: Apache-2.0
// A tar archive, plain or gzip, read forwards once.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "control/trace/byte_source.hpp"

namespace farlink::trace {

// By content (the tar magic, behind gzip or not) or by name: .tar, .tar.gz, .tgz.
bool is_archive(const std::filesystem::path& path);

class Archive {
 public:
  explicit Archive(const std::filesystem::path& path);  // throws TraceError
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  // Name of the next regular file in the archive; none at the end. Throws TraceError on a damaged archive.
  std::optional<std::string> next();
  // Content of that file; valid until next() is called again.
  ByteSource& content();

 private:
  struct Reader;  // keeps libarchive out of the header
  std::unique_ptr<Reader> reader_;
};

}  // namespace farlink::trace
