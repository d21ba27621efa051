// SPDX-License-Identifier: Apache-2.0
// Who will be due some turns from now: a finger that stays that far ahead on an event wheel, for fetching state in
// time. It is right as long as components come back behind it, and looks where it is every so often; a wrong guess
// costs a cache line.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/link/event_wheel.hpp"

namespace farlink::link {

class Lookahead {
 public:
  static constexpr std::uint32_t turns = 20;

  // Once a turn, after the wheel has been told of it.
  void advance(const EventWheel& wheel) noexcept {
    std::uint32_t next = seen_[turn_ % size];
    if (--until_check_ == 0) {
      next = wheel.front();
      for (std::uint32_t i = 0; i < turns && next != EventWheel::none; ++i) next = wheel.after(next);
      until_check_ = turns_between_checks;
    } else if (next != EventWheel::none) {
      next = wheel.after(next);
    }
    seen_[++turn_ % size] = next;
  }

  // Who is due `ahead` turns after the next one, up to `turns`; EventWheel::none: nobody is known.
  std::uint32_t at(std::uint32_t ahead) const noexcept { return seen_[(turn_ + ahead - turns) % size]; }

 private:
  static constexpr std::uint32_t size = 32, turns_between_checks = 64;

  static constexpr std::array<std::uint32_t, size> nobody() noexcept {
    std::array<std::uint32_t, size> seen{};
    seen.fill(EventWheel::none);
    return seen;
  }

  std::array<std::uint32_t, size> seen_ = nobody();
  std::uint32_t turn_ = 0;
  std::uint32_t until_check_ = 1;
};

}  // namespace farlink::link
