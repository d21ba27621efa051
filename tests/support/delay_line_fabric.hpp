// SPDX-License-Identifier: Apache-2.0
// A small real fabric for tests: per direction of two sites one serializer and a fixed delay, whole messages instead of
// frames, on one virtual event queue. Rate and delay come from the scenario's links; loss stretches the serialization
// by 1 / (1 - p).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "control/fabric/fabric.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::testing {

class DelayLineFabric final : public fabric::Fabric {
 public:
  DelayLineFabric(const scenario::Scenario& scenario, const trace::Graph* graph) : graph_{graph} {
    for (const scenario::Link& link : scenario.links) {
      const std::uint32_t west = index_of(scenario, link.west);
      const std::uint32_t east = index_of(scenario, link.east);
      lines_[{west, east}] = Line{link.forward, {}};
      lines_[{east, west}] = Line{link.reverse, {}};
    }
    for (std::uint32_t site = 0; site < scenario.sites.size(); ++site) ports_.emplace_back(*this, site);
  }

  void run(std::span<fabric::SiteDriver* const> drivers, const fabric::ProgressCallback& progress) override {
    drivers_.assign(drivers.begin(), drivers.end());
    for (std::uint32_t site = 0; site < drivers_.size(); ++site)
      drivers_[site]->start(ports_[site], units::Instant::start());
    while (!is_finished()) {
      if (events_.empty()) {
        statistics_.is_valid = false;
        for (const auto* driver : drivers_) statistics_.why_invalid += driver->waiting_for() + "\n";
        return;
      }
      if (++steps_ % 16 == 0 && progress && !progress({now_.seconds(), messages_sent})) throw fabric::Interrupted{};
      const Event event = events_.top();
      events_.pop();
      now_ = event.when;
      event.act();
    }
    statistics_.virtual_seconds = now_.seconds();
  }

  fabric::Statistics statistics() const override { return statistics_; }
  // From now on a frame of the first link is missing from the books.
  void break_conservation() {
    fabric::LinkStatistics& link = statistics_.links.emplace_back();
    link.name = "west-east";
    link.direction = "west->east";
    link.frames_in = 1;
  }

  std::uint64_t messages_sent = 0, messages_delivered = 0, messages_acknowledged = 0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> bytes_sent;  // by (site, site)

 private:
  struct Line {
    scenario::DirectionSettings settings;
    units::Instant free;
  };
  struct Event {
    units::Instant when;
    std::uint64_t order;
    std::function<void()> act;
    bool operator>(const Event& other) const { return std::pair{when, order} > std::pair{other.when, other.order}; }
  };
  class Port final : public fabric::SiteFabric {
   public:
    Port(DelayLineFabric& fabric, std::uint32_t site) : fabric_{&fabric}, site_{site} {}
    void expect(std::uint32_t, std::uint32_t) override {}
    void send(const fabric::Message& message, units::Instant now) override { fabric_->send(site_, message, now); }
    void wake(units::Instant when, std::uint64_t cookie) override {
      fabric_->at(when,
                  [fabric = fabric_, site = site_, cookie] { fabric->drivers_[site]->on_wake(cookie, fabric->now_); });
    }

   private:
    DelayLineFabric* fabric_;
    std::uint32_t site_;
  };

  static std::uint32_t index_of(const scenario::Scenario& scenario, const std::string& name) {
    for (std::uint32_t i = 0; i < scenario.sites.size(); ++i) {
      if (scenario.sites[i].name == name) return i;
    }
    throw std::invalid_argument("no site " + name);
  }

  bool is_finished() const {
    for (const auto* driver : drivers_) {
      if (!driver->is_finished()) return false;
    }
    return true;
  }

  void at(units::Instant when, std::function<void()> act) { events_.push({when, order_++, std::move(act)}); }

  void send(std::uint32_t site, const fabric::Message& message, units::Instant now) {
    const std::uint32_t to = graph_->site_of_rank[message.destination];
    Line& line = lines_.at({site, to});
    units::Duration serialization = units::serialization_time(message.bytes, line.settings.rate);
    if (!line.settings.loss.is_zero()) {
      serialization = units::Duration::from_seconds(serialization.seconds() / (1 - line.settings.loss.value()));
    }
    line.free = std::max(line.free, now) + serialization;
    const units::Instant arrival = line.free + line.settings.delay + line.settings.equipment_delay;
    const scenario::DirectionSettings& back = lines_.at({to, site}).settings;
    ++messages_sent;
    bytes_sent[{site, to}] += message.bytes.count();
    at(arrival, [this, to, message, now] {
      ++messages_delivered;
      drivers_[to]->on_delivered(message, now, now_);
    });
    at(arrival + back.delay + back.equipment_delay, [this, site, message] {
      ++messages_acknowledged;
      drivers_[site]->on_acknowledged(message, now_);
    });
  }

  const trace::Graph* graph_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Line> lines_;
  std::vector<Port> ports_;
  std::vector<fabric::SiteDriver*> drivers_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t order_ = 0, steps_ = 0;
  units::Instant now_;
  fabric::Statistics statistics_;
};

}  // namespace farlink::testing
