// SPDX-License-Identifier: Apache-2.0
// A source whose first bytes are looked at before it is read: its content decides how.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "control/trace/byte_source.hpp"
#include "control/trace/specimen.hpp"

namespace farlink::trace {

// Hands out all of `inner`, which must outlive it, from its first byte on.
class HeadSource final : public ByteSource {
 public:
  explicit HeadSource(ByteSource& inner) : inner_{inner}, head_(Specimen::head_bytes, '\0') {
    std::size_t count = 0;
    while (count < head_.size()) {
      const std::size_t more =
          inner.read({reinterpret_cast<std::uint8_t*>(head_.data()) + count, head_.size() - count});
      if (more == 0) break;
      count += more;
    }
    head_.resize(count);
  }

  // As much as a Specimen has; less where the source is shorter.
  std::string_view head() const noexcept { return head_; }

  std::size_t read(std::span<std::uint8_t> into) override {
    if (position_ == head_.size()) return inner_.read(into);
    const std::size_t count = std::min(into.size(), head_.size() - position_);
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(position_), count, into.begin());
    position_ += count;
    return count;
  }

 private:
  ByteSource& inner_;
  std::string head_;
  std::size_t position_ = 0;
};

}  // namespace farlink::trace
