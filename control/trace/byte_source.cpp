// SPDX-License-Identifier: Apache-2.0
#include "control/trace/byte_source.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>
#include <zlib.h>

#include "control/trace/error.hpp"

namespace farlink::trace {

FileSource::FileSource(const std::filesystem::path& path) : stream_{path, std::ios::binary} {
  if (!stream_) throw TraceError("cannot be opened: " + std::string{std::strerror(errno)});
}

std::size_t FileSource::read(std::span<std::uint8_t> into) {
  stream_.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
  if (stream_.bad()) throw TraceError("cannot be read to its end");
  return static_cast<std::size_t>(stream_.gcount());
}

std::size_t MemorySource::read(std::span<std::uint8_t> into) {
  const std::size_t count = std::min(into.size(), left_.size());
  std::copy_n(left_.begin(), count, into.begin());
  left_ = left_.subspan(count);
  return count;
}

struct GunzipSource::Stream {
  explicit Stream(ByteSource& source) : inner{source} {}

  // More compressed input; false at its end.
  bool refill() {
    const std::size_t count = inner.read(input);
    zlib.next_in = input.data();
    zlib.avail_in = static_cast<uInt>(count);
    return count > 0;
  }

  std::size_t copy(std::span<std::uint8_t> into) {
    if (zlib.avail_in == 0 && !refill()) return 0;
    const std::size_t count = std::min<std::size_t>(into.size(), zlib.avail_in);
    std::copy_n(zlib.next_in, count, into.begin());
    zlib.next_in += count;
    zlib.avail_in -= static_cast<uInt>(count);
    return count;
  }

  std::size_t inflate_some(std::span<std::uint8_t> into) {
    const std::size_t room = std::min<std::size_t>(into.size(), std::numeric_limits<uInt>::max());
    zlib.next_out = into.data();
    zlib.avail_out = static_cast<uInt>(room);
    while (zlib.avail_out == room) {
      if (zlib.avail_in == 0 && !refill()) {
        if (is_between_members) return 0;
        throw TraceError("gzip data ends too early");
      }
      is_between_members = false;
      const int code = inflate(&zlib, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {  // another member may follow
        is_between_members = true;
        inflateReset(&zlib);
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        throw TraceError(std::string{"gzip data is corrupt: "} + (zlib.msg != nullptr ? zlib.msg : "no detail"));
      }
    }
    return room - zlib.avail_out;
  }

  ByteSource& inner;
  std::array<std::uint8_t, 1 << 16> input{};
  z_stream zlib{};
  bool is_open = false;  // the first bytes were looked at
  bool is_gzip = false;
  bool is_between_members = false;
};

GunzipSource::GunzipSource(ByteSource& inner) : stream_{std::make_unique<Stream>(inner)} {}

GunzipSource::~GunzipSource() {
  if (stream_->is_gzip) inflateEnd(&stream_->zlib);
}

std::size_t GunzipSource::read(std::span<std::uint8_t> into) {
  Stream& stream = *stream_;
  if (!stream.is_open) {
    stream.is_open = true;
    // A source may hand out single bytes; two are needed to tell.
    std::size_t count = 0;
    while (count < 2) {
      const std::size_t more = stream.inner.read(std::span{stream.input}.subspan(count));
      if (more == 0) break;
      count += more;
    }
    stream.zlib.next_in = stream.input.data();
    stream.zlib.avail_in = static_cast<uInt>(count);
    if (count >= 2 && stream.input[0] == 0x1f && stream.input[1] == 0x8b) {
      if (inflateInit2(&stream.zlib, 15 + 16) != Z_OK) throw TraceError("cannot start gzip decompression");
      stream.is_gzip = true;
    }
  }
  return stream.is_gzip ? stream.inflate_some(into) : stream.copy(into);
}

}  // namespace farlink::trace
