// SPDX-License-Identifier: Apache-2.0
#include "control/trace/record_reader.hpp"

#include <algorithm>

#include "control/trace/error.hpp"

namespace farlink::trace {

bool RecordReader::next(std::string& record) {
  std::uint64_t length = 0;
  if (!read_length(length)) return false;
  if (length > limit_.count()) {
    refuse("its length of " + std::to_string(length) + " bytes is above the limit of " +
           std::to_string(limit_.count()) + ": not a Chakra execution trace, or damaged");
  }
  record.clear();
  while (record.size() < length) {
    if (begin_ == end_ && !refill()) {
      refuse("the file ends after " + std::to_string(record.size()) + " of its " + std::to_string(length) +
             " bytes: the trace is truncated");
    }
    const std::size_t count = std::min<std::uint64_t>(length - record.size(), end_ - begin_);
    record.append(reinterpret_cast<const char*>(buffer_.data()) + begin_, count);
    begin_ += count;
  }
  ++count_;
  return true;
}

bool RecordReader::refill() {
  begin_ = 0;
  end_ = source_.read(buffer_);
  return end_ > 0;
}

bool RecordReader::read_length(std::uint64_t& length) {
  length = 0;
  for (unsigned i = 0; i < 10; ++i) {
    if (begin_ == end_ && !refill()) {
      if (i == 0) return false;
      refuse("the file ends inside its length: the trace is truncated");
    }
    const std::uint8_t byte = buffer_[begin_++];
    if (i == 9 && byte > 1 && byte < 0x80)
      refuse("its length does not fit 64 bits: not a Chakra execution trace, or damaged");
    length |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) == 0) return true;
  }
  refuse("its length is a varint of more than 10 bytes: not a Chakra execution trace, or damaged");
}

void RecordReader::refuse(const std::string& reason) const {
  throw TraceError("record " + std::to_string(count_) + ": " + reason);
}

}  // namespace farlink::trace
