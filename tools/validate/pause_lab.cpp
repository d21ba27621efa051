// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/pause_lab.hpp"

#include "dataplane/wire/pause.hpp"

namespace farlink::validate {

using units::Duration;
using units::Instant;

headroom::Path path_of(const PauseSetup& setup) {
  headroom::Path path;
  path.rate = path.wave_back = path.nic = setup.rate;
  path.drain = setup.drain;
  path.round_trip = setup.one_way * 2;
  path.frame = units::Bytes{full_packet_bytes + 20};  // RETH and immediate data
  path.slot = Duration::microseconds(10);
  return path;
}

void set_thresholds(PauseSetup& setup, units::Bytes xoff, units::Bytes xon, units::Bytes headroom) {
  link::FarThresholdConfig control;
  control.xoff = xoff;
  control.xon = xon;
  control.headroom = headroom;
  control.refresh = wire::pause_time(wire::max_pause_quanta, setup.rate) / 2;
  setup.far_buffer = xoff + headroom;
  setup.control = control;
}

void set_relay(PauseSetup& setup, units::Bytes xoff, units::Bytes xon, units::Bytes headroom) {
  setup.far_buffer = xoff + headroom;
  setup.control = link::PauseRelayConfig{setup.rate,
                                         xoff,
                                         xon,
                                         headroom,
                                         repetition(path_of(setup)),
                                         wire::pause_time(wire::max_pause_quanta, setup.rate) / 2};
}

// Keeps two messages of a gibibyte outstanding, or none at all.
class PauseLab::Sender final : public virtual_time::SiteHandler {
 public:
  explicit Sender(virtual_time::Site& site) : site_{site} {}
  void start(std::uint32_t qp) {
    qp_ = qp;
    for (int i = 0; i < 2; ++i) post(Instant::start());
  }
  void on_wake(std::uint64_t, Instant) override {}
  void on_completion(std::uint32_t, const rnic::Completion& completion, Instant now) override {
    if (completion.kind == rnic::Completion::Kind::sent) post(now);
  }
  bool is_finished() const override { return false; }

 private:
  void post(Instant now) {
    rnic::Request request;
    request.operation = rnic::Operation::write;
    request.bytes = std::uint32_t{1} << 30;
    request.id = next_++;
    site_.post(0, qp_, request, now);
  }
  virtual_time::Site& site_;
  std::uint32_t qp_ = 0;
  std::uint64_t next_ = 0;
};

PauseLab::PauseLab(const PauseSetup& setup) : setup_{setup} {
  rnic::Config nic;
  nic.rate = setup.rate;
  nic.window = 4'000'000;
  nic.ack_timeout = 0;
  for (int i = 0; i < 2; ++i) {
    virtual_time::Site& site = engine_.site(engine_.add_site());
    site.add_nic(nic);
    senders_.push_back(std::make_unique<Sender>(site));
    site.set_handler(*senders_.back());
  }
  link::DirectionConfig there;
  there.near_edge.rate = setup.rate;
  there.near_edge.buffer = units::Bytes::gibi(4);
  there.near_edge.pause_target = setup.target;
  there.near_edge.has_backpressure = true;
  there.near_edge.xoff = units::Bytes::mebi(1);
  there.near_edge.xon = units::Bytes::kibi(512);
  there.fibre.delay = setup.one_way;
  there.far_edge.port_rate = setup.drain;
  there.far_edge.buffer = setup.far_buffer;
  there.far_edge.control = setup.control;
  link::DirectionConfig back = there;
  back.direction = 1;
  back.far_edge = {1, setup.rate, units::Bytes::gibi(4)};
  engine_.add_link(0, 1, there, back);
  const virtual_time::Connection connection = engine_.connect(0, 0, 0, 0, 0);
  senders_[0]->start(connection.near_qp);
  if (setup.is_busy_back) senders_[1]->start(connection.far_qp);
}

PauseLab::~PauseLab() = default;

void PauseLab::run_until(Duration end) {
  engine_.run([&] { return now() < end; });
}

bool PauseLab::is_conserved() const {
  return engine_.direction(0, 0).is_conserved() && engine_.direction(0, 1).is_conserved();
}

double PauseLab::exit_utilisation() const {
  const Duration arrival = setup_.one_way + units::serialization_time(units::Bytes{full_packet_bytes}, setup_.rate) * 2;
  const Duration busy = units::serialization_time(units::Bytes{full_packet_bytes}, setup_.drain);
  return static_cast<double>(far().frames_out) * busy.seconds() / (now() - arrival).seconds();
}

}  // namespace farlink::validate
