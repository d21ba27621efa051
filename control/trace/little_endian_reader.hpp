// SPDX-License-Identifier: Apache-2.0
// Little-endian numbers without padding, read forwards once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "control/trace/byte_source.hpp"
#include "control/trace/error.hpp"

namespace farlink::trace {

class LittleEndianReader {
 public:
  explicit LittleEndianReader(ByteSource& source) : source_{source} {}

  // An unsigned integer. Throws TraceError when the source ends before it is complete.
  template <typename Integer>
  Integer next() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 8 * sizeof(Integer); shift += 8) {
      if (is_at_end()) throw TraceError("the file ends in the middle of what it announces");
      value |= std::uint64_t{buffer_[begin_++]} << shift;
      ++position_;
    }
    return static_cast<Integer>(value);
  }
  // Bytes that were read.
  std::uint64_t position() const noexcept { return position_; }
  bool is_at_end() {
    if (begin_ < end_) return false;
    begin_ = 0;
    end_ = source_.read(buffer_);
    return end_ == 0;
  }

 private:
  ByteSource& source_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(1 << 16);
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace farlink::trace
