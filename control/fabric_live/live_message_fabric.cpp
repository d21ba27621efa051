// SPDX-License-Identifier: Apache-2.0
#include <deque>

#include "control/fabric_live/kinds.hpp"
#include "control/fabric_live/live_network.hpp"
#include "control/fabric_live/pacemaker.hpp"
#include "control/fabric_packets/packet_site.hpp"

namespace farlink::fabric_live {
namespace {

using units::Duration;
using units::Instant;

class LiveMessageFabric final : public fabric::Fabric {
 public:
  LiveMessageFabric(const scenario::Scenario& scenario, const trace::Graph& graph, const dpdk::Eal& eal,
                    const std::string& name)
      : nics_per_site_(scenario.sites.size(), 0),
        places_{fabric_packets::place_ranks(graph, nics_per_site_)},
        network_{scenario, nics_per_site_, eal, name} {}

  void run(std::span<fabric::SiteDriver* const> drivers, const fabric::ProgressCallback& progress) override {
    for (std::uint32_t i = 0; i < LiveNetwork::sites; ++i)
      sites_.emplace_back(network_, i, places_, sites_, *drivers[i]);
    bool is_interrupted = false;
    Pacemaker pace{Duration::milliseconds(100)};
    end_ = network_.run(
        {&sites_[0], &sites_[1]},
        [&] {
          for (std::uint32_t i = 0; i < LiveNetwork::sites; ++i) drivers[i]->start(sites_[i], Instant::start());
        },
        [&] {
          const Instant now = network_.now();
          if (progress && pace.is_due(now))
            is_interrupted = !progress({now.seconds(), network_.frames_sent(0) + network_.frames_sent(1)});
          return !is_interrupted && !sites_[0].has_failed() && !sites_[1].has_failed();
        });
    if (is_interrupted) throw fabric::Interrupted{};
  }

  fabric::Statistics statistics() const override {
    fabric::Statistics statistics = network_.statistics();
    fabric_packets::CompletionTimes times;
    for (const fabric_packets::PacketSite& site : sites_) {
      times.add(site.times());
      if (site.has_failed()) add_reason(statistics, site.failure());
    }
    statistics.messages = times.summary();
    if (end_ == LiveNetwork::End::stuck) add_reason(statistics, "stuck: " + waiting_for());
    return statistics;
  }

 private:
  std::string waiting_for() const {
    for (const fabric_packets::PacketSite& site : sites_)
      if (!site.driver().is_finished()) return site.driver().waiting_for();
    return "nothing";
  }

  std::vector<std::uint32_t> nics_per_site_;
  std::vector<fabric_packets::RankPlace> places_;
  LiveNetwork network_;
  std::deque<fabric_packets::PacketSite> sites_;
  LiveNetwork::End end_ = LiveNetwork::End::finished;
};

}  // namespace

std::unique_ptr<fabric::Fabric> make_live_message_fabric(const scenario::Scenario& scenario, const trace::Graph& graph,
                                                         const dpdk::Eal& eal, const std::string& name) {
  return std::make_unique<LiveMessageFabric>(scenario, graph, eal, name);
}

}  // namespace farlink::fabric_live
