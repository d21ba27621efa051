// SPDX-License-Identifier: Apache-2.0
// Two sites, one RNIC each, one link: WRITEs back to back on every queue pair, for benchmarks and engine tests.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/virtual_time/engine.hpp"

namespace farlink::lab {

struct Setup {
  units::BitRate rate = units::BitRate::gigabits(400);
  units::Duration delay = units::Duration::from_seconds(300 * 4.8974e-6);
  units::Probability loss;
  units::Probability ce_mark;
  std::uint32_t qps = 64;
  // PFC at both edges of the link, with a receiver's port a little slower than the line, so that pauses are at work.
  bool is_lossless = false;
  rnic::Config nic;
};

// Keeps two messages posted on every queue pair of the west site; the east site receives.
class Sender final : public virtual_time::SiteHandler {
 public:
  explicit Sender(virtual_time::Site& site) : site_{site} {}
  void start(std::uint32_t qp, std::uint32_t message_bytes) {
    message_bytes_ = message_bytes;
    for (int i = 0; i < 2; ++i) post(qp, units::Instant::start());
  }
  void on_wake(std::uint64_t, units::Instant) override {}
  void on_completion(std::uint32_t, const rnic::Completion& c, units::Instant now) override {
    if (c.kind == rnic::Completion::Kind::sent) post(c.qp, now);
    has_failed |= c.kind == rnic::Completion::Kind::failed;
  }
  bool is_finished() const override { return false; }
  bool has_failed = false;

 private:
  void post(std::uint32_t qp, units::Instant now) {
    rnic::Request request;
    request.operation = rnic::Operation::write_with_immediate;
    request.bytes = message_bytes_;
    site_.post(0, qp, request, now);
  }
  virtual_time::Site& site_;
  std::uint32_t message_bytes_ = 0;
};

class Receiver final : public virtual_time::SiteHandler {
 public:
  void on_wake(std::uint64_t, units::Instant) override {}
  void on_completion(std::uint32_t, const rnic::Completion&, units::Instant) override { ++messages; }
  bool is_finished() const override { return false; }
  std::uint64_t messages = 0;
};

class Lab {
 public:
  explicit Lab(const Setup& setup, std::uint32_t message_bytes = 16U << 20)
      : sender_{(engine_.add_site(), engine_.site(0))} {
    engine_.add_site();
    link::DirectionConfig forward;
    forward.near_edge.rate = setup.rate;
    forward.near_edge.buffer = units::Bytes::mebi(64);
    forward.impairments.loss = setup.loss;
    forward.impairments.ce_mark = setup.ce_mark;
    forward.fibre.delay = setup.delay;
    forward.far_edge.port_rate = setup.rate;
    forward.far_edge.buffer = units::Bytes::mebi(64);
    if (setup.is_lossless) make_lossless(forward);
    link::DirectionConfig reverse = forward;
    reverse.direction = 1;
    reverse.impairments = {};
    const std::uint32_t link = engine_.add_link(0, 1, forward, reverse);
    rnic::Config nic = setup.nic;
    nic.rate = setup.rate;
    engine_.site(0).add_nic(nic);
    engine_.site(1).add_nic(nic);
    engine_.site(0).set_handler(sender_);
    engine_.site(1).set_handler(receiver_);
    for (std::uint32_t i = 0; i < setup.qps; ++i)
      sender_.start(engine_.connect(link, 0, 0, 0, i).near_qp, message_bytes);
  }

  std::uint64_t delivered() const {
    std::uint64_t frames = 0;
    const rnic::Nic& nic = engine_.site(1).nic(0);
    for (std::uint32_t qp = 0; qp < nic.qp_count(); ++qp)
      frames += nic.responder(rnic::first_qp_number + qp).counters().delivered;
    return frames;
  }

  // Runs until about `frames` more have been delivered; returns how many were.
  std::uint64_t run(std::uint64_t frames) {
    const std::uint64_t before = delivered();
    engine_.run([&] { return delivered() < before + frames; });
    return delivered() - before;
  }

  // XOFFs, of both edges.
  std::uint64_t pauses() const {
    const link::Direction& d = engine_.direction(0, 0);
    return d.near().counters().xoff_sent + d.far().counters().xoff_sent;
  }

  virtual_time::Engine& engine() { return engine_; }
  Receiver& receiver() { return receiver_; }

 private:
  static void make_lossless(link::DirectionConfig& d) {
    d.near_edge.has_backpressure = true;
    d.near_edge.xoff = units::Bytes::mebi(32);
    d.near_edge.xon = units::Bytes::mebi(16);
    const double bits = 2 * d.fibre.delay.seconds() * static_cast<double>(d.near_edge.rate.bits_per_second());
    const auto bdp = static_cast<std::uint64_t>(bits / 8);
    link::FarThresholdConfig far;
    far.xoff = far.xon = units::Bytes{bdp};
    far.headroom = units::Bytes{bdp + (1U << 20)};
    far.refresh = units::Duration::microseconds(40);
    d.far_edge.control = far;
    d.far_edge.buffer = far.xoff + far.headroom;
    d.far_edge.port_rate = d.near_edge.rate * 99 / 100;
  }

  virtual_time::Engine engine_;
  Sender sender_;
  Receiver receiver_;
};

}  // namespace farlink::lab
