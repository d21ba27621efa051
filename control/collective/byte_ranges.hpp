// SPDX-License-Identifier: Apache-2.0
// A buffer cut into consecutive shards, exactly: sizes differ by one byte at most and add up to the buffer.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/units/size.hpp"

namespace farlink::collective {

struct ByteRange {
  std::uint64_t begin = 0, end = 0;
  constexpr std::uint64_t size() const noexcept { return end > begin ? end - begin : 0; }
};

// The `index`-th of `count` shards of `range`.
constexpr ByteRange shard(ByteRange range, std::uint64_t count, std::uint64_t index) noexcept {
  const auto cut = [&](std::uint64_t i) {
    return range.begin + static_cast<std::uint64_t>(static_cast<unsigned __int128>(range.size()) * i / count);
  };
  return {cut(index), cut(index + 1)};
}
constexpr ByteRange shard(units::Bytes buffer, std::uint64_t count, std::uint64_t index) noexcept {
  return shard(ByteRange{0, buffer.count()}, count, index);
}

constexpr ByteRange overlap(ByteRange a, ByteRange b) noexcept {
  const std::uint64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

constexpr units::Bytes bytes_of(ByteRange range) noexcept { return units::Bytes{range.size()}; }

}  // namespace farlink::collective
