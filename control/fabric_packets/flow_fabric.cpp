// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/flow_fabric.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "control/fabric_packets/completion_times.hpp"
#include "control/fabric_packets/message_parts.hpp"
#include "control/fabric_packets/network.hpp"

namespace farlink::fabric_packets {

namespace {

// Keeps `depth` messages posted on each queue pair of the sending site.
class FlowSender final : public virtual_time::SiteHandler {
 public:
  FlowSender(virtual_time::Site& site, const scenario::Flows& flows, std::uint64_t depth)
      : site_{site}, flows_{flows}, depth_{depth}, times_(flows.pairs) {}

  void start(std::uint32_t nic, std::uint32_t qp) {
    std::vector<units::Instant>& posted = posted_[key(nic, qp)];
    ++unfinished_;
    for (std::uint64_t i = 0; i < depth_; ++i) post(nic, qp, posted, units::Instant::start());
  }

  void on_wake(std::uint64_t, units::Instant) override {}
  void on_completion(std::uint32_t nic, const rnic::Completion& completion, units::Instant now) override {
    if (completion.kind == rnic::Completion::Kind::failed) {
      failure_ = "queue pair " + std::to_string(completion.qp) + " of pair " + std::to_string(nic) +
                 " failed: retries exhausted; see transport.retry and transport.ack-timeout";
      return;
    }
    if (completion.kind != rnic::Completion::Kind::sent) return;
    std::vector<units::Instant>& posted = posted_[key(nic, completion.qp)];
    times_[nic].add(now - posted[completion.id]);
    if (flows_.messages && completion.id + 1 == *flows_.messages) --unfinished_;
    post(nic, completion.qp, posted, now);
  }
  bool is_finished() const override { return unfinished_ == 0; }

  const std::string& failure() const noexcept { return failure_; }
  fabric::Completion completion(std::uint32_t pair) const { return times_[pair].summary(); }

 private:
  static std::uint64_t key(std::uint32_t nic, std::uint32_t qp) noexcept { return (std::uint64_t{nic} << 32) | qp; }

  void post(std::uint32_t nic, std::uint32_t qp, std::vector<units::Instant>& posted, units::Instant now) {
    if (flows_.messages && posted.size() >= *flows_.messages) return;
    rnic::Request request;
    request.bytes = static_cast<std::uint32_t>(flows_.message.count());
    request.id = posted.size();
    posted.push_back(now);
    site_.post(nic, qp, request, now);
  }

  virtual_time::Site& site_;
  const scenario::Flows& flows_;
  std::uint64_t depth_;
  std::unordered_map<std::uint64_t, std::vector<units::Instant>> posted_;  // per queue pair, by message
  std::vector<CompletionTimes> times_;                                     // per pair
  std::uint64_t unfinished_ = 0;
  std::string failure_;
};

class FlowReceiver final : public virtual_time::SiteHandler {
 public:
  void on_wake(std::uint64_t, units::Instant) override {}
  void on_completion(std::uint32_t, const rnic::Completion&, units::Instant) override {}
  bool is_finished() const override { return true; }
};

class FlowFabric final : public fabric::Fabric {
 public:
  explicit FlowFabric(const scenario::Scenario& scenario)
      : flows_{std::get<scenario::Flows>(scenario.workload)},
        network_{scenario, std::vector<std::uint32_t>(scenario.sites.size(), flows_.pairs)} {
    const scenario::Link& link = scenario.links.front();
    for (std::uint32_t i = 0; i < scenario.sites.size(); ++i) {
      if (scenario.sites[i].name == link.west) west_ = i;
      if (scenario.sites[i].name == link.east) east_ = i;
    }
  }

  void run(std::span<fabric::SiteDriver* const>, const fabric::ProgressCallback& progress) override {
    const auto began = std::chrono::steady_clock::now();
    virtual_time::Engine& engine = network_.engine();
    const std::uint64_t window_bytes = engine.site(west_).nic(0).config().window * network_.scenario().transport.mtu;
    const std::uint64_t fills_window = std::max<std::uint64_t>(2, window_bytes / flows_.message.count() + 2);
    sender_ = std::make_unique<FlowSender>(engine.site(west_), flows_, flows_.depth > 0 ? flows_.depth : fills_window);
    for (std::uint32_t i = 0; i < network_.scenario().sites.size(); ++i) engine.site(i).set_handler(receiver_);
    engine.site(west_).set_handler(*sender_);
    queue_pairs_.resize(flows_.pairs);
    for (std::uint32_t pair = 0; pair < flows_.pairs; ++pair) {
      std::vector<std::uint32_t> far;
      queue_pairs_[pair] = network_.connect(west_, pair, east_, pair, network_.scenario().transport.qps_per_pair, far);
      for (const std::uint32_t qp : queue_pairs_[pair]) sender_->start(pair, qp);
    }
    bool is_interrupted = false;
    const auto ask = throttled(network_, [&](double seconds, std::uint64_t frames) {
      is_interrupted = progress && !progress({seconds, frames});
      return !is_interrupted;
    });
    engine.run([&] { return ask() && goes_on(); });
    wall_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (is_interrupted) throw fabric::Interrupted{};
  }

  fabric::Statistics statistics() const override {
    fabric::Statistics statistics = network_.statistics();
    for (std::uint32_t pair = 0; pair < flows_.pairs; ++pair) statistics.flows.push_back(flow(pair));
    statistics.wall_seconds = wall_seconds_;
    statistics.why_invalid = sender_->failure();
    for (const fabric::LinkStatistics& link : statistics.links) {
      if (!link.is_conserved())
        statistics.why_invalid = "frames of " + link.name + " " + link.direction + " do not add up";
    }
    statistics.is_valid = statistics.why_invalid.empty();
    return statistics;
  }

 private:
  const link::NearCounters& forward() const { return network_.engine().direction(0, 0).near().counters(); }
  // Frames into the forward direction are what the west RNICs have sent: data, since nothing flows back but ACKs.
  bool goes_on() const {
    const link::NearCounters& counters = forward();
    return sender_->failure().empty() && counters.dropped.total() < flows_.stop_losses &&
           counters.frames_in < flows_.stop_frames;
  }

  fabric::FlowStatistics flow(std::uint32_t pair) const {
    const rnic::Nic& nic = network_.engine().site(west_).nic(pair);
    fabric::FlowStatistics flow;
    const auto& sites = network_.scenario().sites;
    flow.name = sites[west_].name + "->" + sites[east_].name + " pair " + std::to_string(pair);
    std::uint64_t acknowledged = 0;
    units::Instant last;
    for (const std::uint32_t qp : queue_pairs_[pair]) {
      const rnic::Requester& requester = nic.requester(qp);
      acknowledged += requester.acknowledged_bytes();
      last = std::max(last, requester.last_progress());
      flow.sent += requester.counters().sent;
      flow.retransmitted += requester.counters().retransmitted;
      flow.timeouts += requester.counters().timeouts;
    }
    flow.lost = network_.engine().site(west_).lost_frames(pair);
    flow.goodput_bps = last > units::Instant::start() ? static_cast<double>(acknowledged) * 8 / last.seconds() : 0;
    flow.completion = sender_->completion(pair);
    return flow;
  }

  scenario::Flows flows_;
  Network network_;
  std::uint32_t west_ = 0, east_ = 0;
  std::unique_ptr<FlowSender> sender_;
  FlowReceiver receiver_;
  std::vector<std::vector<std::uint32_t>> queue_pairs_;
  double wall_seconds_ = 0;
};

}  // namespace

std::unique_ptr<fabric::Fabric> make_flow_fabric(const scenario::Scenario& scenario) {
  return std::make_unique<FlowFabric>(scenario);
}

}  // namespace farlink::fabric_packets
