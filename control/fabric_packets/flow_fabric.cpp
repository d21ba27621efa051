// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/flow_fabric.hpp"

#include <algorithm>
#include <chrono>

#include "control/fabric_packets/flow_sender.hpp"
#include "control/fabric_packets/network.hpp"

namespace farlink::fabric_packets {

namespace {

class FlowFabric final : public fabric::Fabric {
 public:
  FlowFabric(const scenario::Scenario& scenario, bool has_trains)
      : flows_{std::get<scenario::Flows>(scenario.workload)},
        network_{scenario, std::vector<std::uint32_t>(scenario.sites.size(), flows_.pairs)} {
    network_.engine().set_trains(has_trains);
    west_ = site_number(scenario, scenario.links.front().west);
    east_ = site_number(scenario, scenario.links.front().east);
  }

  void run(std::span<fabric::SiteDriver* const>, const fabric::ProgressCallback& progress) override {
    const auto began = std::chrono::steady_clock::now();
    virtual_time::Engine& engine = network_.engine();
    sender_ = std::make_unique<FlowSender>(network_, west_, east_);
    for (std::uint32_t i = 0; i < network_.scenario().sites.size(); ++i) engine.site(i).set_handler(receiver_);
    engine.site(west_).set_handler(*sender_);
    sender_->start(units::Instant::start());
    bool is_interrupted = false;
    const auto ask = throttled(network_, [&](double seconds, std::uint64_t frames) {
      is_interrupted = progress && !progress({seconds, frames});
      return !is_interrupted;
    });
    end_ = engine.run([&] { return ask() && goes_on(); });
    wall_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (is_interrupted) throw fabric::Interrupted{};
  }

  fabric::Statistics statistics() const override {
    fabric::Statistics statistics = network_.statistics();
    for (std::uint32_t pair = 0; pair < flows_.pairs; ++pair)
      statistics.flows.push_back(
          sender_->statistics(pair, network_.engine().site(west_).lost_frames(pair), units::Instant::start()));
    statistics.reconnects = sender_->reconnects();
    statistics.wall_seconds = wall_seconds_;
    if (!sender_->failure().empty()) statistics.why_invalid = sender_->failure();
    if (end_ == virtual_time::Engine::End::stuck)
      statistics.why_invalid =
          "stuck: messages wait for acknowledgements that nothing will bring; see transport.ack-timeout";
    for (const fabric::LinkStatistics& link : statistics.links) {
      if (!link.is_conserved())
        statistics.why_invalid = "frames of " + link.name + " " + link.direction + " do not add up";
    }
    statistics.is_valid = statistics.why_invalid.empty();
    return statistics;
  }

 private:
  const link::NearCounters& forward() const { return network_.engine().direction(0, 0).near().counters(); }
  // What a cut loses says nothing of the chance to lose a frame, which stop-losses is there to measure.
  // Frames into the forward direction are what the west RNICs have sent: data, since nothing flows back but ACKs.
  // Traffic of others is not theirs.
  bool goes_on() const {
    const link::NearCounters& counters = forward();
    const auto losses = [](const link::DropCounters& dropped) { return dropped.total() - dropped.cut; };
    return sender_->failure().empty() &&
           losses(counters.dropped) - losses(counters.background_dropped) < flows_.stop_losses &&
           counters.frames_in < flows_.stop_frames;
  }

  scenario::Flows flows_;
  Network network_;
  std::uint32_t west_ = 0, east_ = 0;
  std::unique_ptr<FlowSender> sender_;
  FlowReceiver receiver_;
  virtual_time::Engine::End end_ = virtual_time::Engine::End::finished;
  double wall_seconds_ = 0;
};

}  // namespace

std::unique_ptr<fabric::Fabric> make_flow_fabric(const scenario::Scenario& scenario, bool has_trains) {
  return std::make_unique<FlowFabric>(scenario, has_trains);
}

}  // namespace farlink::fabric_packets
