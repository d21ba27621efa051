// SPDX-License-Identifier: Apache-2.0
// The sending end of a lab's flows: keeps so many messages posted on each of its queue pairs, or channels, and notes
// how long each took. Works on any network of queue pairs. Owner: the sending site's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/fabric_packets/channel.hpp"
#include "control/fabric_packets/completion_times.hpp"
#include "control/fabric_packets/queue_pair_network.hpp"
#include "dataplane/virtual_time/site.hpp"

namespace farlink::fabric_packets {

class FlowSender final : public virtual_time::SiteHandler {
 public:
  // From `west` to `east`; connects all pairs.
  FlowSender(QueuePairNetwork& network, std::uint32_t west, std::uint32_t east);

  // Posts the first messages.
  void start(units::Instant now);

  // The only timers are those of queue pairs to be opened again.
  void on_wake(std::uint64_t number, units::Instant now) override { reopen(reopenings_[number], now); }
  void on_completion(std::uint32_t nic, const rnic::Completion& completion, units::Instant now) override;
  bool is_finished() const override { return unfinished_ == 0; }

  // "": none.
  const std::string& failure() const noexcept { return failure_; }
  std::uint64_t reconnects() const noexcept { return reconnects_; }
  // What pair number `pair` did. `epoch`: when the flows started, on the RNICs' clock.
  fabric::FlowStatistics statistics(std::uint32_t pair, std::uint64_t lost, units::Instant epoch) const;

 private:
  static std::uint64_t key(std::uint32_t nic, std::uint32_t qp) noexcept { return (std::uint64_t{nic} << 32) | qp; }
  // The messages of one queue pair, or of one channel; other queue pairs may take their place.
  struct Stream {
    std::uint32_t nic = 0;
    std::vector<std::uint32_t> queue_pairs;
    std::vector<units::Instant> posted;  // by message
    std::uint64_t finished = 0;          // messages
    std::optional<Channel> channel;
    std::vector<std::uint32_t> chunks;  // of the channel's messages: not acknowledged yet
  };
  struct Place {
    std::size_t stream = 0, queue_pair = 0;  // of the stream's
  };
  bool take_chunk(Stream& stream, std::uint64_t message, units::Instant now);
  void fill(Stream& stream, units::Instant now);
  void post(Stream& stream, units::Instant now);
  void failed(const Place& place, const rnic::Completion& completion, units::Instant now);
  void reopen(const Place& place, units::Instant now);

  QueuePairNetwork& network_;
  const scenario::Flows& flows_;
  std::uint32_t west_, east_;
  std::uint64_t depth_;
  std::vector<std::vector<std::uint32_t>> queue_pairs_;  // per pair of RNICs, failed ones included
  std::vector<Stream> streams_;
  std::unordered_map<std::uint64_t, Place> place_of_;  // (nic, queue pair)
  std::vector<Place> reopenings_;                      // by the number of their timer
  std::vector<CompletionTimes> times_;                 // per pair
  std::uint64_t unfinished_ = 0;
  std::uint64_t reconnects_ = 0;
  std::string failure_;
};

// The receiving end, which has nothing to do.
class FlowReceiver final : public virtual_time::SiteHandler {
 public:
  void on_wake(std::uint64_t, units::Instant) override {}
  void on_completion(std::uint32_t, const rnic::Completion&, units::Instant) override {}
  bool is_finished() const override { return true; }
};

}  // namespace farlink::fabric_packets
