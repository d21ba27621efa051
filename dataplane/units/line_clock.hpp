// SPDX-License-Identifier: Apache-2.0
// How long bytes occupy a line, without drift: the fraction of a picosecond that a frame leaves over is carried to the
// next frame of the same busy period, so that n frames last exactly floor(n x bytes x 8 / rate). Owner: one serializer.
#pragma once

#include <cassert>
#include <cstdint>

#include "dataplane/units/rate.hpp"

namespace farlink::units {

class LineClock {
 public:
  explicit LineClock(BitRate rate) noexcept : rate_{rate.bits_per_second()} { assert(rate_ > 0); }

  // A new busy period starts: the carried fraction is dropped.
  void restart() noexcept { carried_ = 0; }

  Duration serialize(std::uint32_t bytes) noexcept {
    if (bytes != cached_bytes_) cache(bytes);
    std::uint64_t time = cached_time_;
    carried_ += cached_fraction_;
    if (carried_ >= rate_) {
      carried_ -= rate_;
      ++time;
    }
    return Duration::picoseconds(static_cast<std::int64_t>(time));
  }

  BitRate rate() const noexcept { return BitRate::bits_per_second(rate_); }

 private:
  void cache(std::uint32_t bytes) noexcept {
    assert(bytes < 2'000'000);  // bytes x 8e12 stays within 64 bits
    const std::uint64_t scaled = std::uint64_t{bytes} * 8'000'000'000'000U;
    cached_bytes_ = bytes;
    cached_time_ = scaled / rate_;
    cached_fraction_ = scaled % rate_;
  }

  std::uint64_t rate_;
  std::uint64_t carried_ = 0;
  std::uint64_t cached_time_ = 0;
  std::uint64_t cached_fraction_ = 0;
  std::uint32_t cached_bytes_ = 0;
};

}  // namespace farlink::units
