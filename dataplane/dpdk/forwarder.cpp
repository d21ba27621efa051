// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/forwarder.hpp"

#include <algorithm>
#include <chrono>
#include <rte_launch.h>
#include <thread>

#include "dataplane/dpdk/error.hpp"

namespace farlink::dpdk {
namespace {

struct Launch {
  Worker* worker;
  const TscClock* clock;
};

int run_worker(void* argument) {
  const std::unique_ptr<Launch> launch{static_cast<Launch*>(argument)};
  launch->worker->run(*launch->clock);
  return 0;
}

FrameLimit limit_of(const std::vector<std::unique_ptr<Port>>& ports) {
  FrameLimit limit{UINT32_MAX, UINT32_MAX};
  for (const auto& port : ports) {
    limit.plain = std::min(limit.plain, port->largest_frame());
    limit.tagged = std::min(limit.tagged, port->largest_tagged_frame());
  }
  return limit;
}

// Of an mbuf, so that a whole frame fits into it whatever its port wants beside it.
std::uint32_t buffer_bytes(const ForwarderConfig& config) {
  std::uint32_t beside = 0;
  for (const SiteConfig& site : config.sites)
    for (const std::string& device : site.devices) beside = std::max(beside, Port::room_beside_frame(device));
  return config.frame_bytes + beside;
}

std::vector<Port*> all_of(const std::vector<std::unique_ptr<Port>>& ports) {
  std::vector<Port*> all;
  all.reserve(ports.size());
  for (const auto& port : ports) all.push_back(port.get());
  return all;
}

}  // namespace

Forwarder::Forwarder(const ForwarderConfig& config, const std::vector<unsigned>& lcores)
    : config_{config},
      lcores_{lcores},
      buffers_{std::make_unique<Buffers>(config.name, config.mbufs, buffer_bytes(config))} {
  attach_ports();
  check_pause();
  build_workers(lcores.size());
  build_ways();
  build_intakes();
  const std::size_t of_links = workers_.size() - relays_->lcores();
  for (std::size_t i = 0; i < relays_->lcores(); ++i) workers_[of_links + i]->add_relays(*relays_, i);
}

Forwarder::~Forwarder() {
  if (is_started_) stop(units::Duration::zero());
  workers_.clear();  // give their mbufs back before the pool goes
  relays_.reset();
  sites_.clear();
}

void Forwarder::attach_ports() {
  for (const SiteConfig& site_config : config_.sites) {
    Site site;
    for (const std::string& device : site_config.devices) {
      site.ports.push_back(std::make_unique<Port>(PortOptions{device, config_.frame_bytes}, *buffers_));
      site.ports.back()->begin_schedule(clock_);
      site.was_up.push_back(site.ports.back()->is_up());
      site.changes.push_back(0);
    }
    sites_.push_back(std::move(site));
  }
}

void Forwarder::check_pause() const {
  for (const LinkConfig& link : config_.links) {
    if (!link.has_pfc) continue;
    for (const std::uint32_t site : {link.west, link.east}) {
      for (const auto& port : sites_[site].ports) {
        if (port->hands_over_pause()) continue;
        throw DeviceError(
            "port " + port->device() + " (" + port->driver() + ") keeps pause frames to itself, so that link " +
            link.name +
            " cannot be lossless; set lossless: {pfc: off}, or use a NIC that can forward MAC control frames");
      }
    }
  }
}

void Forwarder::build_workers(std::size_t lcores) {
  const std::size_t of_links = std::min(lcores, sites_.size());
  std::vector<Port*> ports;
  for (const Site& site : sites_)
    for (const auto& port : site.ports) ports.push_back(port.get());
  const std::size_t further = std::min(lcores - of_links, 2 * ports.size());  // one to receive and one to send for each
  relays_ = std::make_unique<Relays>(std::move(ports), further);
  for (std::size_t i = 0; i < of_links + further; ++i)
    workers_.push_back(std::make_unique<Worker>("worker" + std::to_string(i), config_.idle, config_.max_lag));
  for (std::size_t i = 0; i < sites_.size(); ++i) sites_[i].worker = workers_[i % of_links].get();
}

void Forwarder::build_ways() {
  for (const LinkConfig& link : config_.links) {
    for (std::uint32_t direction = 0; direction < 2; ++direction) {
      const std::uint32_t from = direction == 0 ? link.west : link.east;
      const std::uint32_t to = direction == 0 ? link.east : link.west;
      Worker* worker = sites_[from].worker;
      CarrierOptions options;
      options.config = link.directions[direction];
      options.frames = config_.mbufs;
      options.exits = all_of(sites_[to].ports);
      options.access = all_of(sites_[from].ports);
      options.has_pfc = link.has_pfc;
      options.is_shared = workers_.size() > 1;
      options.access_rate = config_.sites[from].port_rate;
      options.sender_rate = config_.sites[from].sender_rate;
      if (options.sender_rate == units::BitRate{}) options.sender_rate = options.access_rate;
      options.max_lag = config_.max_lag;
      options.pool = buffers_->pool();
      options.relays = relays_.get();
      Carrier& carrier = worker->add_carrier(options);
      ways_.push_back({worker, &carrier, static_cast<std::uint32_t>(worker->carriers().size() - 1), from, to});
    }
  }
  for (std::size_t i = 0; i < ways_.size(); ++i)
    ways_[i].carrier->join(*ways_[i ^ 1U].carrier, ways_[i].worker == ways_[i ^ 1U].worker);
}

// With one port at every site and two sites there is nothing to choose.
bool Forwarder::learns() const {
  return sites_.size() > 2 ||
         std::any_of(sites_.begin(), sites_.end(), [](const Site& s) { return s.ports.size() > 1; });
}

void Forwarder::build_intakes() {
  for (std::uint32_t from = 0; from < sites_.size(); ++from) {
    Site& site = sites_[from];
    IntakeOptions options;
    options.site = static_cast<std::uint8_t>(from);
    options.to_site.resize(sites_.size());
    options.limits.resize(sites_.size());
    for (const Way& way : ways_)
      if (way.from == from) options.to_site[way.to] = way.carrier;
    for (std::uint32_t to = 0; to < sites_.size(); ++to) options.limits[to] = limit_of(sites_[to].ports);
    if (learns()) options.table = &table_;
    options.pool = buffers_->pool();
    options.on_pause = pause_handler(from);
    for (const auto& port : site.ports)
      options.local.push_back(&site.worker->add_local_outlet(*port, workers_.size() > 1, *relays_));
    for (std::uint32_t number = 0; number < site.ports.size(); ++number) {
      options.port = site.ports[number].get();
      options.relay = relays_->receive(*options.port);
      options.number = static_cast<std::uint8_t>(number);
      site.worker->add_intake(options);
    }
  }
}

PauseHandler Forwarder::pause_handler(std::uint32_t site) {
  return [this, site](std::uint16_t port, std::uint8_t priority, std::uint16_t quanta, units::Instant now) {
    for (const Way& way : ways_) {
      if (way.to != site) continue;
      if (way.worker == sites_[site].worker)
        way.carrier->pause(port, priority, quanta, now);
      else
        way.worker->post_pause(way.index, port, priority, quanta);
    }
  };
}

void Forwarder::start() {
  is_started_ = true;
  for (const Site& site : sites_)
    for (const auto& port : site.ports) port->begin();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    auto launch = std::make_unique<Launch>(Launch{workers_[i].get(), &clock_});
    if (rte_eal_remote_launch(run_worker, launch.get(), lcores_[i]) != 0)
      throw DeviceError("lcore " + std::to_string(lcores_[i]) + " is busy");
    static_cast<void>(launch.release());  // the lcore owns it now
    while (!workers_[i]->is_running()) std::this_thread::yield();
  }
}

void Forwarder::stop(units::Duration patience) {
  for (auto worker = workers_.rbegin(); worker != workers_.rend(); ++worker)  // the relays first
    (*worker)->call([&worker](units::Instant now) { (*worker)->drain(now); });
  const units::Instant end = clock_.sample() + patience;
  for (bool is_empty = false; !is_empty && clock_.sample() < end;) {
    is_empty = true;
    for (auto& worker : workers_)
      worker->call([&](units::Instant) {
        for (const auto& carrier : worker->carriers()) is_empty = is_empty && carrier->frames_held() == 0;
      });
    if (!is_empty) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (auto& worker : workers_) worker->stop();
  for (std::size_t i = 0; i < workers_.size(); ++i) rte_eal_wait_lcore(lcores_[i]);
  is_started_ = false;
}

void Forwarder::step(units::Instant now) {
  for (auto& worker : workers_) worker->step(now, nullptr);
}

units::Instant Forwarder::publish(const std::vector<link::DirectionConfig>& configs) {
  units::Instant adopted;
  for (auto& worker : workers_) {
    const auto is_its = [&](const link::DirectionConfig& config) {
      return way(config.link, config.direction).worker == worker.get();
    };
    if (std::none_of(configs.begin(), configs.end(), is_its)) continue;
    worker->call([&](units::Instant now) {
      for (const link::DirectionConfig& config : configs)
        if (is_its(config)) way(config.link, config.direction).carrier->reconfigure(config, now);
      adopted = std::max(adopted, now);
    });
  }
  return adopted;
}

void Forwarder::start_capture(std::uint32_t link, std::uint32_t direction, std::shared_ptr<link::CaptureRing> ring,
                              link::CapturePoint point) {
  Way& chosen = way(link, direction);
  chosen.worker->call([&](units::Instant) { chosen.carrier->start_capture(ring, point); });
}

void Forwarder::stop_capture(std::uint32_t link) {
  for (std::uint32_t direction = 0; direction < 2; ++direction) {
    Way& chosen = way(link, direction);
    chosen.worker->call([&](units::Instant) { chosen.carrier->stop_capture(); });
  }
}

void Forwarder::watch() {
  const std::lock_guard lock{watch_mutex_};
  for (Site& site : sites_) {
    for (std::size_t i = 0; i < site.ports.size(); ++i) {
      site.ports[i]->watch_schedule(clock_);
      const bool is_up = site.ports[i]->is_up();
      site.changes[i] += is_up != site.was_up[i] ? 1U : 0U;
      site.was_up[i] = is_up;
    }
  }
}

}  // namespace farlink::dpdk
