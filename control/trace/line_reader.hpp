// SPDX-License-Identifier: Apache-2.0
// A text of lines, read forwards once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/trace/byte_source.hpp"
#include "control/trace/error.hpp"
#include "dataplane/units/size.hpp"

namespace farlink::trace {

class LineReader {
 public:
  // Lines above `limit` are refused.
  LineReader(ByteSource& source, units::Bytes limit) : source_{source}, limit_{limit} {}

  // The next line without its end; false when there is none. Throws TraceError that names the line.
  bool next(std::string& line) {
    line.clear();
    ++number_;
    for (;;) {
      while (begin_ < end_) {
        const char c = static_cast<char>(buffer_[begin_++]);
        if (c == '\n') return true;
        if (line.size() >= limit_.count())
          throw TraceError("line " + std::to_string(number_) + " is longer than " + std::to_string(limit_.count()) +
                           " bytes");
        line += c;
      }
      begin_ = 0;
      end_ = source_.read(buffer_);
      if (end_ == 0) return !line.empty();
    }
  }
  // Of the line that next() gave last, from 1.
  std::uint64_t number() const noexcept { return number_; }

 private:
  ByteSource& source_;
  units::Bytes limit_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(1 << 16);
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace farlink::trace
