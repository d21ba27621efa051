// SPDX-License-Identifier: Apache-2.0
// Which priorities the far edges of a site's links hold the site's senders for, and until when. Each link and priority
// counts for itself; a hold that nothing renews ends when its quanta have run out. Owner: who holds the senders.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dataplane/link/pause_signal.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::link {

class RemoteHolds {
 public:
  using Instant = units::Instant;

  void add_link() { links_.emplace_back(); }

  enum class Change : std::uint8_t { none, held, released };

  // Zero quanta release; more hold until `until`, or move the end of a hold that is in force.
  Change obey(std::uint32_t link, std::uint8_t priority, std::uint64_t quanta, Instant until) noexcept {
    Instant& end = links_[link][priority];
    const bool was_held = end != Instant::start();
    end = quanta == 0 ? Instant::start() : until;
    if (was_held == (quanta != 0)) return Change::none;
    return was_held ? Change::released : Change::held;
  }

  // Ends one hold that has run out at `now`; says whose, or link `none`.
  static constexpr std::uint32_t none = ~0U;
  struct Ended {
    std::uint32_t link = none;
    std::uint8_t priority = 0;
  };
  Ended expire(Instant now) noexcept {
    for (std::uint32_t link = 0; link < links_.size(); ++link) {
      for (std::size_t priority = 0; priority < links_[link].size(); ++priority) {
        Instant& end = links_[link][priority];
        if (end == Instant::start() || end > now) continue;
        end = Instant::start();
        return {link, static_cast<std::uint8_t>(priority)};
      }
    }
    return {};
  }

 private:
  std::vector<std::array<Instant, 8>> links_;  // end of the hold of each priority; start(): not held
};

}  // namespace farlink::link
