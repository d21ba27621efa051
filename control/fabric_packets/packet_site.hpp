// SPDX-License-Identifier: Apache-2.0
// One site of a fabric of packets, in virtual time or live: turns replay's messages into WRITEs with immediate on the
// queue pairs of a rank pair, and completions back into deliveries. The immediate is the message's ordinal within its
// pair. A queue pair that failed ends the run, or a new one takes its place (transport.on-error). Owner: the site's
// thread; what opens queue pairs touches the other site, too: expect(), a message that nobody expected, and replacing
// them belong to a run on one thread, or before it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/fabric/fabric.hpp"
#include "control/fabric_packets/completion_times.hpp"
#include "control/fabric_packets/message_pair.hpp"
#include "control/fabric_packets/queue_pair_network.hpp"
#include "control/trace/graph.hpp"
#include "dataplane/virtual_time/site.hpp"

namespace farlink::fabric_packets {

class PacketSite;

// Which site and RNIC a rank is at.
struct RankPlace {
  std::uint32_t site = 0, nic = 0;
};

// Where every rank is: one RNIC each, numbered within its site. Adds to nics_per_site, which begins with zeros.
std::vector<RankPlace> place_ranks(const trace::Graph& graph, std::vector<std::uint32_t>& nics_per_site);

class PacketSite final : public fabric::SiteFabric, public virtual_time::SiteHandler {
 public:
  PacketSite(QueuePairNetwork& network, std::uint32_t number, const std::vector<RankPlace>& places,
             std::deque<PacketSite>& sites, fabric::SiteDriver& driver);

  void expect(std::uint32_t source, std::uint32_t destination) override { pair_to(source, destination); }
  void send(const fabric::Message& message, units::Instant now) override;
  void wake(units::Instant when, std::uint64_t cookie) override;

  void on_wake(std::uint64_t cookie, units::Instant now) override {
    if ((cookie & is_reopening) != 0) [[unlikely]]
      return reopen(cookie & ~is_reopening, now);
    driver_.on_wake(cookie, now);
  }
  void on_completion(std::uint32_t nic, const rnic::Completion& completion, units::Instant now) override;
  bool is_finished() const override { return driver_.is_finished(); }

  bool has_failed() const noexcept { return !failure_.empty(); }
  const std::string& failure() const noexcept { return failure_; }
  units::Instant failed_at() const noexcept { return failed_at_; }
  const CompletionTimes& times() const noexcept { return times_; }
  std::uint64_t reconnects() const noexcept { return reconnects_; }
  const fabric::SiteDriver& driver() const noexcept { return driver_; }

 private:
  // Replay's cookies leave the highest bit alone.
  static constexpr std::uint64_t is_reopening = std::uint64_t{1} << 63;
  struct Sending {
    SendingPair* pair = nullptr;
    std::uint32_t stream = 0;
  };
  struct Receiving {
    ReceivingPair* pair = nullptr;
    std::uint32_t stream = 0;
    std::uint64_t next = 0;  // number in the stream of the request that it completes next
  };
  using PairMap = std::unordered_map<std::uint64_t, std::uint32_t>;
  static std::uint64_t key(std::uint32_t a, std::uint32_t b) noexcept { return (std::uint64_t{a} << 32) | b; }

  SendingPair& pair_to(std::uint32_t source, std::uint32_t destination);
  void open(SendingPair& pair, std::uint32_t stream, std::uint32_t near_qp, std::uint32_t far_qp);
  void post(const SendingPair& pair, std::uint32_t stream, std::uint64_t ordinal, std::uint32_t bytes,
            units::Instant now);
  void fill(SendingPair& pair, std::uint32_t channel, units::Instant now);
  void reopen(std::uint64_t number, units::Instant now);
  void failed(const Sending& sending, const rnic::Completion& completion, units::Instant now);
  void acknowledged(const Sending& sending, const rnic::Completion& completion, units::Instant now);
  void received(Receiving& receiving, std::uint32_t immediate, units::Instant now);

  QueuePairNetwork& network_;
  std::uint32_t number_;
  const std::vector<RankPlace>& places_;
  std::deque<PacketSite>& sites_;
  fabric::SiteDriver& driver_;
  std::deque<SendingPair> pairs_;                           // that this site sends on
  PairMap pair_of_ranks_;                                   // (source, destination) -> pairs_
  std::unordered_map<std::uint64_t, Sending> senders_;      // (nic, queue pair) of ours
  std::unordered_map<std::uint64_t, Receiving> receivers_;  // (nic, queue pair) of ours, pair of another site
  std::vector<Sending> reopenings_;                         // by the number in their cookie
  std::uint64_t reconnects_ = 0;
  CompletionTimes times_;
  std::string failure_;
  units::Instant failed_at_ = units::Instant::never();  // the first queue pair
};

}  // namespace farlink::fabric_packets
