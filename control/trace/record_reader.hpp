// SPDX-License-Identifier: Apache-2.0
// The records of a Chakra file: a varint length, then that many bytes, until the end of the file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/trace/byte_source.hpp"
#include "dataplane/units/size.hpp"

namespace farlink::trace {

class RecordReader {
 public:
  // Records above `limit` are refused before anything is allocated for them.
  RecordReader(ByteSource& source, units::Bytes limit) : source_{source}, limit_{limit} {}

  // Reads the next record into `record`; false at the end of the file. Throws TraceError that names the record's number
  // when the length is no varint of at most 10 bytes, is above the limit, or the file ends inside the record.
  bool next(std::string& record);
  // Number of the record that next() gave last, from 0.
  std::uint64_t number() const noexcept { return count_ - 1; }

 private:
  bool refill();
  bool read_length(std::uint64_t& length);
  [[noreturn]] void refuse(const std::string& reason) const;

  ByteSource& source_;
  units::Bytes limit_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(1 << 16);
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace farlink::trace
