// SPDX-License-Identifier: Apache-2.0
// Two sites with hundreds of RNICs each, all sending to their opposite number both ways at once through one link that
// is slower than all of them together: a gradient exchange, for benchmarks.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/virtual_time/engine.hpp"

namespace farlink::lab {

// Keeps two messages posted on every queue pair of a site.
class CrowdSite final : public virtual_time::SiteHandler {
 public:
  explicit CrowdSite(virtual_time::Site& site) : site_{site} {}
  void post(std::uint32_t nic, std::uint32_t qp, units::Instant now) {
    rnic::Request request;
    request.operation = rnic::Operation::write_with_immediate;
    request.bytes = 16U << 20;
    site_.post(nic, qp, request, now);
  }
  void on_wake(std::uint64_t, units::Instant) override {}
  void on_completion(std::uint32_t nic, const rnic::Completion& c, units::Instant now) override {
    if (c.kind == rnic::Completion::Kind::sent) post(nic, c.qp, now);
  }
  bool is_finished() const override { return false; }

 private:
  virtual_time::Site& site_;
};

class Crowd {
 public:
  struct Setup {
    std::uint32_t nics = 512;  // of each site
    std::uint32_t qps = 8;     // of each RNIC, each way
    units::BitRate nic_rate = units::BitRate::gigabits(200);
    units::BitRate line_rate = units::BitRate::gigabits(6'400);
    units::Duration delay;
    std::uint64_t window = 4'096;
  };

  explicit Crowd(const Setup& setup)
      : sites_{CrowdSite{added_site()}, CrowdSite{added_site()}},
        line_rate_{static_cast<double>(setup.line_rate.bits_per_second())} {
    for (std::uint32_t i = 0; i < 2; ++i) engine_.site(i).set_handler(sites_[i]);
    link::DirectionConfig forward;
    forward.near_edge.rate = setup.line_rate;
    forward.near_edge.buffer = units::Bytes::mebi(256);
    forward.near_edge.has_backpressure = true;
    forward.near_edge.xoff = units::Bytes::mebi(192);
    forward.near_edge.xon = units::Bytes::mebi(128);
    forward.impairments.loss = units::Probability::of(1e-6);
    forward.fibre.delay = setup.delay;
    forward.far_edge.ports = setup.nics;
    forward.far_edge.port_rate = setup.nic_rate;
    forward.far_edge.buffer = units::Bytes::mebi(256);
    link::DirectionConfig reverse = forward;
    reverse.direction = 1;
    const std::uint32_t link = engine_.add_link(0, 1, forward, reverse);
    rnic::Config nic;
    nic.rate = setup.nic_rate;
    nic.window = setup.window;
    for (std::uint32_t i = 0; i < 2 * setup.nics; ++i) engine_.site(i % 2).add_nic(nic);
    for (std::uint32_t i = 0; i < setup.nics * setup.qps * 2; ++i) {
      const std::uint32_t from = i % 2, number = i / (setup.qps * 2);
      const std::uint32_t qp = engine_.connect(link, from, number, number, i).near_qp;
      for (int message = 0; message < 2; ++message) sites_[from].post(number, qp, units::Instant::start());
    }
  }

  std::uint64_t delivered() const {
    std::uint64_t frames = 0;
    for (std::uint32_t site = 0; site < 2; ++site) {
      for (std::uint32_t number = 0; number < engine_.site(site).nic_count(); ++number) {
        const rnic::Nic& nic = engine_.site(site).nic(number);
        for (std::uint32_t qp = 0; qp < nic.qp_count(); ++qp)
          frames += nic.responder(rnic::first_qp_number + qp).counters().delivered;
      }
    }
    return frames;
  }

  // Runs until about `frames` more have been delivered; returns how many were. Counting takes time, so the engine is
  // given a span of virtual time.
  std::uint64_t run(std::uint64_t frames) {
    const std::uint64_t before = delivered();
    const units::Instant begin = engine_.last_event();
    const auto share = static_cast<double>(frames) * 8 * 4'178 / (2 * line_rate_);
    engine_.run([&] { return engine_.last_event() < begin + units::Duration::from_seconds(share); });
    return delivered() - before;
  }

  virtual_time::Engine& engine() { return engine_; }

 private:
  virtual_time::Site& added_site() { return engine_.site(engine_.add_site()); }

  virtual_time::Engine engine_;
  std::array<CrowdSite, 2> sites_;
  double line_rate_;
};

}  // namespace farlink::lab
