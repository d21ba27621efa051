// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_live/live_network.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include "control/fabric_live/demand.hpp"
#include "control/fabric_packets/dataplane_config.hpp"
#include "dataplane/link/random.hpp"

namespace farlink::fabric_live {

using units::Duration;
using units::Instant;

namespace {

// While it lives, this thread gets the larger part of a CPU that it has to share, where that is allowed.
class Preferred {
 public:
  Preferred() noexcept : before_{getpriority(PRIO_PROCESS, thread())} {
    static_cast<void>(setpriority(PRIO_PROCESS, thread(), std::min(before_, -10)));
  }
  ~Preferred() { static_cast<void>(setpriority(PRIO_PROCESS, thread(), before_)); }
  Preferred(const Preferred&) = delete;
  Preferred& operator=(const Preferred&) = delete;

 private:
  static id_t thread() noexcept { return static_cast<id_t>(gettid()); }
  int before_;
};

// The same far edge behind one port, as fast as all of them.
void join_ports(link::FarEdgeConfig& far) {
  far.port_rate = far.port_rate * far.ports;
  far.ports = 1;
}

fabric_packets::Schedule schedule_behind_one_port(const scenario::Scenario& scenario,
                                                  const std::vector<std::uint32_t>& nics_per_site) {
  fabric_packets::Schedule schedule = fabric_packets::schedule_of(scenario, nics_per_site);
  for (auto& changes : schedule.changes.front())
    for (virtual_time::Change& change : changes) join_ports(change.config.far_edge);
  return schedule;
}

}  // namespace

LiveNetwork::LiveNetwork(const scenario::Scenario& scenario, const std::vector<std::uint32_t>& nics_per_site,
                         const dpdk::Eal& eal, const std::string& name)
    : scenario_{scenario},
      events_{schedule_behind_one_port(scenario_, nics_per_site),
              [this](const std::vector<link::DirectionConfig>& configs) { return publish(configs); }} {
  constexpr std::uint32_t slots = 4'096;
  for (std::uint32_t i = 0; i < sites; ++i) {
    sites_[i].port = std::make_unique<dpdk::RingPort>(name + (i == 0 ? "-a" : "-b"), slots);
    sites_[i].queue_pairs.resize(nics_per_site[i]);
  }
  const dpdk::ForwarderConfig config = forwarder_config(nics_per_site, eal, name);
  forwarder_ = std::make_unique<dpdk::Forwarder>(config, eal.lcores());
  yields_ = eal.shares_cpus();
  add_endpoints(config, nics_per_site);
}

// The lcores first: they use the rest. Then the endpoints, which hold buffers of the forwarder.
LiveNetwork::~LiveNetwork() {
  stop();
  for (Site& site : sites_) site.endpoint.reset();
}

dpdk::ForwarderConfig LiveNetwork::forwarder_config(const std::vector<std::uint32_t>& nics_per_site,
                                                    const dpdk::Eal& eal, const std::string& name) const {
  dpdk::ForwarderConfig config;
  config.name = name;
  for (std::uint32_t i = 0; i < sites; ++i)
    config.sites.push_back({scenario_.sites[i].name,
                            {sites_[i].port->device()},
                            scenario_.sites[i].nic * nics_per_site[i],
                            scenario_.sites[i].nic});
  const scenario::Link& link = scenario_.links.front();
  dpdk::LinkConfig live;
  live.name = link.name;
  live.west = fabric_packets::site_number(scenario_, link.west);
  live.east = fabric_packets::site_number(scenario_, link.east);
  live.directions = fabric_packets::direction_configs(scenario_, 0, nics_per_site[live.west], nics_per_site[live.east]);
  for (link::DirectionConfig& direction : live.directions) join_ports(direction.far_edge);
  live.has_pfc = link.lossless.pfc != scenario::PfcMode::off;
  config.links.push_back(live);
  config.mbufs = mbufs(scenario_);
  config.frame_bytes = frame_bytes(scenario_);
  const bool yields = scenario_.dpdk.idle == scenario::Idle::yield || eal.shares_cpus();
  config.idle = yields ? dpdk::Idle::yield : dpdk::Idle::spin;
  config.max_lag = scenario_.dpdk.max_lag;
  return config;
}

// What a frame that waits nowhere takes.
dpdk::ArrivalPath LiveNetwork::path_of(const link::DirectionConfig& config) {
  return {config.fibre.delay, config.near_edge.rate, config.far_edge.port_rate};
}

void LiveNetwork::add_endpoints(const dpdk::ForwarderConfig& config, const std::vector<std::uint32_t>& nics_per_site) {
  const dpdk::LinkConfig& link = config.links.front();
  for (std::uint32_t i = 0; i < sites; ++i) {
    const link::DirectionConfig& arriving = link.directions[i == link.east ? 0 : 1];
    dpdk::EndpointConfig endpoint;
    endpoint.site = static_cast<std::uint8_t>(i);
    endpoint.far_site = static_cast<std::uint8_t>(1 - i);
    endpoint.nic = fabric_packets::nic_config(scenario_, scenario_.sites[i]);
    endpoint.nics = nics_per_site[i];
    endpoint.port_rate = config.sites[i].port_rate;
    endpoint.max_lag = config.max_lag;
    endpoint.path = path_of(arriving);
    sites_[i].endpoint = std::make_unique<dpdk::Endpoint>(endpoint, *sites_[i].port, forwarder_->buffers().pool());
    forwarder_->attach(i, *sites_[i].endpoint);
  }
}

std::vector<std::uint32_t> LiveNetwork::connect(std::uint32_t near_site, std::uint32_t near_nic, std::uint32_t far_site,
                                                std::uint32_t far_nic, std::uint32_t count,
                                                std::vector<std::uint32_t>& far) {
  fabric_packets::link_between(scenario_, near_site, far_site);
  std::uint32_t& near_count = sites_[near_site].queue_pairs[near_nic];
  std::uint32_t& far_count = sites_[far_site].queue_pairs[far_nic];
  const std::uint32_t first_near = rnic::first_qp_number + near_count, first_far = rnic::first_qp_number + far_count;
  const auto open = [&](std::uint32_t site, std::uint32_t nic, std::uint32_t to, std::uint32_t to_nic) {
    forwarder_->call(site, [&](Instant) {
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint64_t path = (std::uint64_t{nic} << 40) ^ (std::uint64_t{to_nic} << 16) ^ (entropy_ + i);
        sites_[site].endpoint->open(nic, to + i, to_nic, static_cast<std::uint32_t>(link::mix(path) >> 32));
      }
    });
  };
  open(far_site, far_nic, first_near, near_nic);
  open(near_site, near_nic, first_far, far_nic);
  entropy_ += count;
  near_count += count;
  far_count += count;
  std::vector<std::uint32_t> near;
  for (std::uint32_t i = 0; i < count; ++i) {
    near.push_back(first_near + i);
    far.push_back(first_far + i);
  }
  return near;
}

void LiveNetwork::post(std::uint32_t site, std::uint32_t nic, std::uint32_t qp, const rnic::Request& request,
                       Instant now) {
  ++outstanding_;
  const endpoint::Posted posted{request, epoch_ + now.since_start(), nic, qp};
  Site& place = sites_[site];
  if (!place.unposted.empty() || !place.endpoint->channel().posted.push(posted)) place.unposted.push_back(posted);
}

void LiveNetwork::send_unposted() {
  for (Site& site : sites_)
    while (!site.unposted.empty() && site.endpoint->channel().posted.push(site.unposted.front()))
      site.unposted.pop_front();
}

Instant LiveNetwork::publish(const std::vector<link::DirectionConfig>& configs) {
  const Instant adopted = forwarder_->publish(configs);
  const dpdk::LinkConfig& link = forwarder_->config().links.front();
  for (const link::DirectionConfig& config : configs) {
    const std::uint32_t far = config.direction == 0 ? link.east : link.west;
    forwarder_->call(far, [&](Instant) { sites_[far].endpoint->change_path(path_of(config), adopted); });
  }
  return since_epoch(adopted);
}

// The scenario's events count from now on, or from the first frame that entered the link.
void LiveNetwork::arm() {
  if (scenario_.armed == scenario::Armed::start) return events_.arm(Instant::start());
  Instant first = Instant::never();
  for (const Site& site : sites_) first = std::min(first, site.endpoint->first_sent_at());
  if (first != Instant::never()) events_.arm(since_epoch(first));
}

LiveNetwork::End LiveNetwork::run(const std::array<virtual_time::SiteHandler*, sites>& handlers,
                                  const std::function<void()>& start, const std::function<bool()>& keep_going) {
  for (std::size_t i = 0; i < sites; ++i) sites_[i].handler = handlers[i];
  const Preferred preferred;
  forwarder_->start();
  is_running_ = true;
  epoch_ = forwarder_->now();
  start();
  End end = End::stopped;
  for (Instant last = now();;) {
    const Instant current = now();
    if (current - last > scenario_.dpdk.max_lag) control_stolen_ += current - last;
    last = current;
    if (!events_.is_armed()) arm();
    events_.apply_due(current);
    send_unposted();
    const bool has_served = serve_next();
    if (!has_served && is_finished()) {
      end = End::finished;
      break;
    }
    if (!has_served && is_stuck()) {
      end = End::stuck;
      break;
    }
    if (!keep_going()) break;
    // Timers are waited for awake: a thread that gives its CPU away comes back tens of microseconds late, or more.
    if (!has_served && yields_) std::this_thread::yield();
  }
  stop();
  ended_ = now();
  last_ = forwarder_->snapshot();
  return end;
}

// Hands over the earliest of what has arrived and what is due, of both sites.
bool LiveNetwork::serve_next() {
  Instant first = now();  // timers beyond it are not due
  Site* next = nullptr;
  bool is_wake = false;
  for (Site& site : sites_) {
    endpoint::Completed completed;
    if (!site.arrived && site.endpoint->channel().completed.pop(completed)) site.arrived = completed;
    if (site.arrived && (next == nullptr || since_epoch(site.arrived->at) < first)) {
      next = &site;
      is_wake = false;
      first = since_epoch(site.arrived->at);
    }
    if (site.wakes.earliest() <= first && (next == nullptr || site.wakes.earliest() < first)) {
      next = &site;
      is_wake = true;
      first = site.wakes.earliest();
    }
  }
  if (next == nullptr) return false;
  if (is_wake) {
    next->handler->on_wake(next->wakes.pop(), first);
    return true;
  }
  const endpoint::Completed completed = *next->arrived;
  next->arrived.reset();
  if (completed.completion.kind != rnic::Completion::Kind::received) --outstanding_;
  next->handler->on_completion(completed.nic, completed.completion, first);
  return true;
}

bool LiveNetwork::is_finished() const {
  return std::all_of(sites_.begin(), sites_.end(), [](const Site& site) { return site.handler->is_finished(); });
}

// Nothing is under way and no timer runs: what has not happened never will.
bool LiveNetwork::is_stuck() const {
  return outstanding_ == 0 && std::all_of(sites_.begin(), sites_.end(),
                                          [](const Site& site) { return site.wakes.earliest() == Instant::never(); });
}

void LiveNetwork::stop() {
  if (!is_running_) return;
  forwarder_->stop(Duration::zero());
  is_running_ = false;
}

std::uint64_t LiveNetwork::frames_dropped(std::uint32_t direction) const {
  const dpdk::Snapshot snapshot = forwarder_->snapshot();
  return snapshot.directions[direction].near.dropped.total() + snapshot.directions[direction].far.dropped.total();
}

}  // namespace farlink::fabric_live
