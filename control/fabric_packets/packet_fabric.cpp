// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/packet_fabric.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <stdexcept>

#include "control/fabric_packets/flow_fabric.hpp"
#include "control/fabric_packets/network.hpp"
#include "control/fabric_packets/packet_site.hpp"

namespace farlink::fabric_packets {

namespace {

class PacketFabric final : public fabric::Fabric {
 public:
  PacketFabric(const scenario::Scenario& scenario, const trace::Graph& graph, const Speed& speed)
      : nics_per_site_(scenario.sites.size(), 0),
        places_{place_ranks(graph, nics_per_site_)},
        network_{scenario, nics_per_site_} {
    // A new queue pair in the middle of a run touches both sites.
    if (scenario.transport.on_error != scenario::OnError::reconnect) network_.engine().set_threads(speed.threads);
    network_.engine().set_trains(speed.has_trains);
  }

  void run(std::span<fabric::SiteDriver* const> drivers, const fabric::ProgressCallback& progress) override {
    const auto began = std::chrono::steady_clock::now();
    for (std::uint32_t i = 0; i < drivers.size(); ++i) {
      sites_.emplace_back(network_, i, places_, sites_, *drivers[i]);
      network_.engine().site(i).set_handler(sites_.back());
    }
    for (std::uint32_t i = 0; i < drivers.size(); ++i) drivers[i]->start(sites_[i], units::Instant::start());
    bool is_interrupted = false;
    const auto ask = throttled(network_, [&](double seconds, std::uint64_t frames) {
      is_interrupted = progress && !progress({seconds, frames});
      return !is_interrupted;
    });
    end_ = network_.engine().run([&] { return ask() && !has_failed(); });
    wall_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (is_interrupted) throw fabric::Interrupted{};
  }

  fabric::Statistics statistics() const override {
    fabric::Statistics statistics = network_.statistics();
    CompletionTimes times;
    for (const PacketSite& site : sites_) {
      times.add(site.times());
      statistics.reconnects += site.reconnects();
      if (!site.has_failed()) continue;
      statistics.why_invalid = site.failure();
      const double at = site.failed_at().seconds();
      statistics.aborted_at_seconds = std::min(statistics.aborted_at_seconds.value_or(at), at);
    }
    statistics.messages = times.summary();
    statistics.wall_seconds = wall_seconds_;
    statistics.threads = network_.engine().used_threads();
    if (end_ == virtual_time::Engine::End::stuck) statistics.why_invalid = "stuck: " + waiting_for();
    for (const fabric::LinkStatistics& link : statistics.links) {
      if (!link.is_conserved())
        statistics.why_invalid = "frames of " + link.name + " " + link.direction + " do not add up";
    }
    statistics.is_valid = statistics.why_invalid.empty();
    return statistics;
  }

 private:
  bool has_failed() const {
    for (const PacketSite& site : sites_)
      if (site.has_failed()) return true;
    return false;
  }
  std::string waiting_for() const {
    for (const PacketSite& site : sites_)
      if (!site.driver().is_finished()) return site.driver().waiting_for();
    return "nothing";
  }

  std::vector<std::uint32_t> nics_per_site_;
  std::vector<RankPlace> places_;
  Network network_;
  std::deque<PacketSite> sites_;
  virtual_time::Engine::End end_ = virtual_time::Engine::End::finished;
  double wall_seconds_ = 0;
};

}  // namespace

std::unique_ptr<fabric::Fabric> make_packet_fabric(const scenario::Scenario& scenario, const trace::Graph* graph) {
  return make_packet_fabric_on(Speed{}, scenario, graph);
}

std::unique_ptr<fabric::Fabric> make_packet_fabric_on(const Speed& speed, const scenario::Scenario& scenario,
                                                      const trace::Graph* graph) {
  if (graph != nullptr) return std::make_unique<PacketFabric>(scenario, *graph, speed);
  if (!std::holds_alternative<scenario::Flows>(scenario.workload))
    throw std::invalid_argument("a training or trace workload needs its graph");
  return make_flow_fabric(scenario, speed.has_trains);
}

}  // namespace farlink::fabric_packets
