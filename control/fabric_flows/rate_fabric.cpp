// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_flows/rate_fabric.hpp"

#include <chrono>
#include <deque>
#include <stdexcept>

#include "control/fabric_flows/flow_network.hpp"
#include "control/fabric_flows/limits.hpp"

namespace farlink::fabric_flows {

namespace {

class RateSite final : public fabric::SiteFabric {
 public:
  RateSite(FlowNetwork& network, std::uint32_t number) : network_{network}, number_{number} {}
  void expect(std::uint32_t source, std::uint32_t destination) override { network_.pair_of(source, destination); }
  void send(const fabric::Message& message, units::Instant now) override { network_.send(message, now); }
  void wake(units::Instant when, std::uint64_t cookie) override { network_.wake(number_, when, cookie); }

 private:
  FlowNetwork& network_;
  std::uint32_t number_;
};

class RateFabric final : public fabric::Fabric {
 public:
  RateFabric(const scenario::Scenario& scenario, const trace::Graph& graph) : network_{scenario, graph} {}

  void run(std::span<fabric::SiteDriver* const> drivers, const fabric::ProgressCallback& progress) override {
    using Clock = std::chrono::steady_clock;
    const auto began = Clock::now();
    std::deque<RateSite> sites;
    network_.set_drivers(drivers);
    for (std::uint32_t i = 0; i < drivers.size(); ++i)
      drivers[i]->start(sites.emplace_back(network_, i), units::Instant::start());
    bool is_interrupted = false;
    auto next = began + std::chrono::milliseconds(100);
    end_ = network_.run([&] {
      if (Clock::now() < next) return true;
      next = Clock::now() + std::chrono::milliseconds(100);
      is_interrupted = progress && !progress({network_.now().seconds(), network_.data_frames()});
      return !is_interrupted;
    });
    wall_seconds_ = std::chrono::duration<double>(Clock::now() - began).count();
    if (end_ == FlowNetwork::End::stuck)
      for (const fabric::SiteDriver* driver : drivers)
        if (!driver->is_finished() && stuck_.empty()) stuck_ = "stuck: " + driver->waiting_for();
    if (is_interrupted) throw fabric::Interrupted{};
  }

  fabric::Statistics statistics() const override {
    fabric::Statistics statistics = network_.statistics();
    statistics.fabric = "flows";
    statistics.wall_seconds = wall_seconds_;
    if (!stuck_.empty()) statistics.why_invalid = stuck_;
    statistics.is_valid = statistics.why_invalid.empty();
    return statistics;
  }

 private:
  FlowNetwork network_;
  FlowNetwork::End end_ = FlowNetwork::End::finished;
  std::string stuck_;
  double wall_seconds_ = 0;
};

}  // namespace

std::unique_ptr<fabric::Fabric> make_rate_fabric(const scenario::Scenario& scenario, const trace::Graph* graph) {
  check_limits(scenario);
  if (graph == nullptr) throw std::invalid_argument("the fabric of flows runs jobs alone; use --fabric packets");
  return std::make_unique<RateFabric>(scenario, *graph);
}

}  // namespace farlink::fabric_flows
