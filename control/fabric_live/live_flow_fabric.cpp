// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "control/fabric_live/kinds.hpp"
#include "control/fabric_live/live_network.hpp"
#include "control/fabric_live/pacemaker.hpp"
#include "control/fabric_packets/flow_sender.hpp"

namespace farlink::fabric_live {
namespace {

using units::Duration;
using units::Instant;

class LiveFlowFabric final : public fabric::Fabric {
 public:
  LiveFlowFabric(const scenario::Scenario& scenario, const dpdk::Eal& eal, const std::string& name)
      : flows_{std::get<scenario::Flows>(scenario.workload)},
        network_{scenario, {flows_.pairs, flows_.pairs}, eal, name},
        west_{fabric_packets::site_number(scenario, scenario.links.front().west)},
        sender_{network_, west_, 1 - west_} {}

  void run(std::span<fabric::SiteDriver* const>, const fabric::ProgressCallback& progress) override {
    std::array<virtual_time::SiteHandler*, LiveNetwork::sites> handlers{&receiver_, &receiver_};
    handlers[west_] = &sender_;
    bool is_interrupted = false;
    network_.run(
        handlers, [this] { sender_.start(Instant::start()); },
        [&] {
          const Instant now = network_.now();
          if (progress && progress_pace_.is_due(now))
            is_interrupted = !progress({now.seconds(), network_.frames_sent(west_)});
          return !is_interrupted && goes_on(now);
        });
    if (is_interrupted) throw fabric::Interrupted{};
  }

  fabric::Statistics statistics() const override {
    fabric::Statistics statistics = network_.statistics();
    const std::uint64_t lost = statistics.links.front().dropped.total();
    std::uint64_t sent = 0;
    for (std::uint32_t pair = 0; pair < flows_.pairs; ++pair) {
      statistics.flows.push_back(sender_.statistics(pair, 0, network_.epoch()));
      sent += statistics.flows.back().sent;
    }
    // The link does not know pairs; what it lost hit each by its share of the frames. Exact for one pair.
    for (fabric::FlowStatistics& flow : statistics.flows) {
      if (sent == 0) break;
      const double share = static_cast<double>(flow.sent) / static_cast<double>(sent);
      flow.lost = static_cast<std::uint64_t>(std::llround(share * static_cast<double>(lost)));
    }
    if (!sender_.failure().empty()) add_reason(statistics, sender_.failure());
    return statistics;
  }

 private:
  // Losses are looked up in the lcore, so not all the time.
  bool goes_on(Instant now) {
    if (!sender_.failure().empty() || network_.frames_sent(west_) >= flows_.stop_frames) return false;
    return !loss_pace_.is_due(now) || network_.frames_dropped(0) < flows_.stop_losses;
  }

  scenario::Flows flows_;
  LiveNetwork network_;
  std::uint32_t west_;
  fabric_packets::FlowSender sender_;
  fabric_packets::FlowReceiver receiver_;
  Pacemaker progress_pace_{Duration::milliseconds(100)};
  Pacemaker loss_pace_{Duration::milliseconds(50)};
};

}  // namespace

std::unique_ptr<fabric::Fabric> make_live_flow_fabric(const scenario::Scenario& scenario, const dpdk::Eal& eal,
                                                      const std::string& name) {
  return std::make_unique<LiveFlowFabric>(scenario, eal, name);
}

}  // namespace farlink::fabric_live
