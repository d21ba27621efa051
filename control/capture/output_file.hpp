// SPDX-License-Identifier: Apache-2.0
// Where a capture goes: a file that appears under its name when it is complete; or standard output, a pipe, a device,
// which are written to as they are. Buffered.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace farlink::capture {

class OutputFile {
 public:
  // `path`: "-" is standard output. Throws CaptureError, as do all members below, when the system refuses.
  explicit OutputFile(std::string path);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();  // without close() the temporary file is removed, and a file that stood under `path` stays

  void write(std::span<const std::byte> bytes);
  void flush();  // hands everything to the system, for readers of a pipe
  void close();  // flushes; makes the file appear

 private:
  [[noreturn]] void fail(const char* what, int error) const;
  void open_beside_target();

  std::string path_;
  std::string temporary_;  // empty: written to directly
  int descriptor_ = -1;
  bool owns_descriptor_ = true;
  std::vector<std::byte> buffer_;
};

}  // namespace farlink::capture
