// SPDX-License-Identifier: Apache-2.0
// Bytes of a trace file, read forwards once: from a file, from memory, or through gzip.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>

namespace farlink::trace {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills `into` as far as there is something, at least one byte; 0 only at the end. Throws TraceError.
  virtual std::size_t read(std::span<std::uint8_t> into) = 0;
};

class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path& path);  // throws TraceError when it cannot be opened
  std::size_t read(std::span<std::uint8_t> into) override;

 private:
  std::ifstream stream_;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::uint8_t> bytes) : left_{bytes} {}
  std::size_t read(std::span<std::uint8_t> into) override;

 private:
  std::span<const std::uint8_t> left_;
};

// Passes `inner` through, decompressed when its first two bytes are the gzip magic. `inner` must outlive it.
class GunzipSource final : public ByteSource {
 public:
  explicit GunzipSource(ByteSource& inner);
  ~GunzipSource() override;
  GunzipSource(const GunzipSource&) = delete;
  GunzipSource& operator=(const GunzipSource&) = delete;
  std::size_t read(std::span<std::uint8_t> into) override;

 private:
  struct Stream;  // keeps zlib out of the header
  std::unique_ptr<Stream> stream_;
};

}  // namespace farlink::trace
