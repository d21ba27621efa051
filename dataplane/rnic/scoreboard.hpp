// SPDX-License-Identifier: Apache-2.0
// What the sending half of a selective-repeat queue pair knows about each packet between una and next: in which order
// it was sent last, whether the receiver has told that it is missing, and whether it waits to be sent again. The
// network keeps the order of a queue pair's packets, unless it sprays them: a packet that is missing where one that was
// sent later has arrived is lost, retransmissions too. After IRN (Mittal et al., SIGCOMM 2018), with holes told once
// instead of one acknowledgement for every packet behind them.
#pragma once

#include <cstdint>
#include <vector>

namespace farlink::rnic {

class Scoreboard {
 public:
  // The packets [una, next) are outstanding; the `count` from `sequence` on are among them or follow them, and are sent
  // now. (A READ request stands for as many as it asks for.)
  void sent(std::uint64_t sequence, std::uint32_t count, std::uint64_t una, std::uint64_t next);

  // `sequence`, outstanding, has arrived, and with it all retransmissions that were sent before it and not told of wait
  // to be sent again. Returns in which place it was sent.
  std::uint32_t arrived(std::uint64_t sequence);
  // In which place that was sent which was sent last of all that have arrived.
  std::uint32_t latest_arrival() const noexcept { return latest_; }

  // The receiver had not got [first, end), outstanding, when a packet came that was sent in place `order`. Those of
  // them that were sent before it wait to be sent again from now on; returns how many more do.
  std::uint32_t missing(std::uint64_t first, std::uint64_t end, std::uint32_t order);

  // Nothing was heard for a whole timeout: what is known to be missing, and all beyond the last that is known to have
  // arrived, in [una, next), waits to be sent again.
  void give_up(std::uint64_t una, std::uint64_t next);

  // Everything before `una` has arrived.
  void acknowledged(std::uint64_t una) noexcept;

  bool has_lost() const noexcept { return head_ != lost_.size(); }
  // The first that waits to be sent again; has_lost() must hold. It goes on waiting until sent() tells of it.
  std::uint64_t lost() const noexcept { return lost_[head_]; }

 private:
  // Top bits of an entry; the rest counts sends.
  static constexpr std::uint32_t is_waiting = 1U << 31, is_missing = 1U << 30, order_mask = is_missing - 1;

  std::uint32_t& entry(std::uint64_t sequence) noexcept { return entries_[sequence & (entries_.size() - 1)]; }
  static bool is_before(std::uint32_t a, std::uint32_t b) noexcept {
    const std::uint32_t ahead = (b - a) & order_mask;
    return ahead != 0 && ahead < (1U << 29);
  }
  void reserve(std::uint64_t una, std::uint64_t next);
  void wait(std::uint64_t sequence);
  void settle() noexcept;
  void check_resent();

  std::vector<std::uint32_t> entries_;  // by sequence; a power of two
  std::vector<std::uint64_t> lost_;     // in the order in which they were told; those before head_ are done
  std::size_t head_ = 0;
  std::vector<std::uint64_t> resent_;  // in the order of sending; those before resent_head_ are done
  std::size_t resent_head_ = 0;
  std::uint64_t una_ = 0;
  std::uint64_t arrived_until_ = 0;  // one behind the highest that is known to have arrived
  std::uint32_t order_ = 0;          // of what was sent last
  std::uint32_t latest_ = 0;         // latest_arrival()
};

}  // namespace farlink::rnic
