// SPDX-License-Identifier: Apache-2.0
#include "control/trace/archive.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <string_view>

#include "control/trace/error.hpp"

namespace farlink::trace {

bool is_archive(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  for (const std::string_view suffix : {".tar", ".tar.gz", ".tgz"}) {
    if (name.ends_with(suffix)) return true;
  }
  FileSource file{path};
  GunzipSource content{file};
  std::array<std::uint8_t, 512> header{};
  std::size_t count = 0;
  while (count < header.size()) {
    const std::size_t more = content.read(std::span{header}.subspan(count));
    if (more == 0) return false;
    count += more;
  }
  constexpr std::string_view magic = "ustar";
  return std::equal(magic.begin(), magic.end(), header.begin() + 257);
}

struct Archive::Reader final : public ByteSource {
  struct Free {
    void operator()(archive* opened) const { archive_read_free(opened); }
  };

  std::size_t read(std::span<std::uint8_t> into) override {
    const la_ssize_t count = archive_read_data(handle.get(), into.data(), into.size());
    if (count < 0) refuse();
    return static_cast<std::size_t>(count);
  }

  [[noreturn]] void refuse() const {
    const char* detail = archive_error_string(handle.get());
    throw TraceError(std::string{"the archive cannot be read: "} + (detail != nullptr ? detail : "no detail"));
  }

  std::unique_ptr<archive, Free> handle{archive_read_new()};
};

Archive::Archive(const std::filesystem::path& path) : reader_{std::make_unique<Reader>()} {
  archive* handle = reader_->handle.get();
  if (handle == nullptr) throw TraceError("out of memory");
  constexpr std::size_t block = 1 << 16;
  if (archive_read_support_format_tar(handle) != ARCHIVE_OK || archive_read_support_filter_gzip(handle) != ARCHIVE_OK ||
      archive_read_open_filename(handle, path.c_str(), block) != ARCHIVE_OK) {
    reader_->refuse();
  }
}

Archive::~Archive() = default;

std::optional<std::string> Archive::next() {
  for (;;) {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(reader_->handle.get(), &entry);
    if (code == ARCHIVE_EOF) return std::nullopt;
    if (code < ARCHIVE_WARN) reader_->refuse();
    const char* name = archive_entry_pathname(entry);
    if (name != nullptr && archive_entry_filetype(entry) == AE_IFREG) return name;
  }
}

ByteSource& Archive::content() { return *reader_; }

}  // namespace farlink::trace
