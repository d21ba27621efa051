// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rnic/scoreboard.hpp"

#include <algorithm>
#include <cstddef>

namespace farlink::rnic {

void Scoreboard::reserve(std::uint64_t una, std::uint64_t next) {
  const std::uint64_t wanted = next - una + 1;
  if (wanted <= entries_.size()) return;
  std::vector<std::uint32_t> larger(std::max<std::size_t>(64, entries_.size()));
  while (larger.size() < wanted) larger.resize(larger.size() * 2);
  if (!entries_.empty())
    for (std::uint64_t s = una; s < next; ++s) larger[s & (larger.size() - 1)] = entry(s);
  entries_.swap(larger);
}

void Scoreboard::sent(std::uint64_t sequence, std::uint32_t count, std::uint64_t una, std::uint64_t next) {
  reserve(una, std::max(next, sequence + count));
  order_ = (order_ + 1) & order_mask;
  if (sequence < next && (entry(sequence) & is_missing) != 0) resent_.push_back(sequence);
  for (std::uint64_t s = sequence; s < sequence + count; ++s)
    entry(s) = order_ | (s < next ? entry(s) & is_missing : 0);
  settle();
}

void Scoreboard::wait(std::uint64_t sequence) {
  entry(sequence) |= is_waiting | is_missing;
  lost_.push_back(sequence);
}

std::uint32_t Scoreboard::arrived(std::uint64_t sequence) {
  arrived_until_ = std::max(arrived_until_, sequence + 1);
  const std::uint32_t order = entry(sequence) & order_mask;
  if (is_before(latest_, order)) latest_ = order;
  if ((entry(sequence) & is_waiting) == 0) entry(sequence) &= ~is_missing;
  check_resent();
  return order;
}

// The receiver tells of every retransmission that arrives. One that it has not told of, while something that was sent
// later has arrived, is lost.
void Scoreboard::check_resent() {
  for (; resent_head_ < resent_.size(); ++resent_head_) {
    const std::uint64_t sequence = resent_[resent_head_];
    if (sequence < una_) continue;
    const std::uint32_t state = entry(sequence);
    if ((state & is_missing) == 0 || (state & is_waiting) != 0) continue;
    if (!is_before(state & order_mask, latest_)) break;
    wait(sequence);
  }
  if (resent_head_ < 4'096 && resent_head_ < resent_.size()) return;
  resent_.erase(resent_.begin(), resent_.begin() + static_cast<std::ptrdiff_t>(resent_head_));
  resent_head_ = 0;
}

std::uint32_t Scoreboard::missing(std::uint64_t first, std::uint64_t end, std::uint32_t order) {
  std::uint32_t count = 0;
  for (std::uint64_t s = first; s < end; ++s) {
    if ((entry(s) & is_waiting) != 0 || !is_before(entry(s) & order_mask, order)) continue;
    wait(s);
    ++count;
  }
  return count;
}

void Scoreboard::give_up(std::uint64_t una, std::uint64_t next) {
  for (std::uint64_t s = una; s < next; ++s) {
    const bool is_lost = s == una || s >= arrived_until_ || (entry(s) & is_missing) != 0;
    if (is_lost && (entry(s) & is_waiting) == 0) wait(s);
  }
}

void Scoreboard::acknowledged(std::uint64_t una) noexcept {
  una_ = una;
  arrived_until_ = std::max(arrived_until_, una);
  settle();
}

// Drops from the front what has arrived after all, and the list itself once nothing of it is left.
void Scoreboard::settle() noexcept {
  while (has_lost() && (lost_[head_] < una_ || (entry(lost_[head_]) & is_waiting) == 0)) ++head_;
  if (has_lost()) {
    // What is done goes when it is most of the list, so that a lossy link without a pause does not grow it for ever.
    if (head_ < 4'096 || 2 * head_ < lost_.size()) return;
    lost_.erase(lost_.begin(), lost_.begin() + static_cast<std::ptrdiff_t>(head_));
  } else {
    lost_.clear();
  }
  head_ = 0;
}

}  // namespace farlink::rnic
