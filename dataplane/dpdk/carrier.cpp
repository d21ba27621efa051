// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/carrier.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "dataplane/link/edit.hpp"

namespace farlink::dpdk {
namespace {

// Pauses and grants that may be on one fibre beside frames: some milliseconds of a grant every few microseconds.
constexpr std::uint32_t signals_inside = 4'096;

// A site of several ports gets one more at the far edge, for frames that leave by all of them.
link::DirectionConfig with_flood_port(link::DirectionConfig config, std::size_t ports) {
  config.far_edge.ports = static_cast<std::uint32_t>(ports > 1 ? ports + 1 : 1);
  return config;
}

std::span<std::byte> bytes_of(rte_mbuf* mbuf) noexcept { return {rte_pktmbuf_mtod(mbuf, std::byte*), mbuf->data_len}; }

// Where the IP header lies, found again at the exit: edits are rare, and the descriptor has no room for it.
std::uint16_t ip_offset_of(rte_mbuf* mbuf) noexcept {
  link::Descriptor ignored;
  return link::classify(bytes_of(mbuf), mbuf->pkt_len, ignored).ip_offset;
}

std::uint32_t frame_bytes(const link::Descriptor& d) noexcept {
  constexpr std::uint32_t fcs_preamble_gap = 24;
  return d.line_bytes - fcs_preamble_gap;
}

}  // namespace

Carrier::Carrier(const CarrierOptions& options)
    : options_{options},
      flood_port_{static_cast<std::uint16_t>(options.exits.size() > 1 ? options.exits.size() : 0)},
      direction_{with_flood_port(options.config, options.exits.size()), options.frames + signals_inside} {
  for (Port* port : options.exits)
    outlets_.push_back(std::make_unique<Outlet>(*port, options.is_shared, options.max_lag, &lag_,
                                                options.relays->add_transmit(*port, options.max_lag, true)));
  pause_sender_ = std::make_unique<PauseSender>(options.access, options.is_shared, options.access_rate, options.pool,
                                                *options.relays);
  if (options.has_pfc) pause_ = pause_sender_.get();
  remote_holds_.add_link();
  lead_ = lead();
}

// Where all exit ports hold frames until their time. What enters from now on arrives a fibre's delay later at the
// earliest, so that everything before that is known.
units::Duration Carrier::lead() const noexcept {
  if (is_controlled_) return units::Duration::zero();  // a pause may still come before that time
  const bool is_scheduled = std::all_of(options_.exits.begin(), options_.exits.end(),
                                        [](const Port* port) { return port->schedule() != nullptr; });
  return is_scheduled ? std::min(SendSchedule::lead, direction_.config().fibre.delay) : units::Duration::zero();
}

Carrier::~Carrier() {
  // Frames on the fibre at the end are held, not sent: their mbufs go back.
  std::array<link::Output, 64> outputs;
  while (const std::size_t count = direction_.advance(units::Instant::never() - units::Duration::seconds(1), outputs))
    for (std::size_t i = 0; i < count; ++i)
      if ((outputs[i].kind == link::Output::Kind::exit || outputs[i].kind == link::Output::Kind::drop) &&
          outputs[i].frame.purpose == link::Purpose::traffic)
        rte_pktmbuf_free(mbuf_of(outputs[i].frame));
}

void Carrier::accept(rte_mbuf* mbuf, const link::Descriptor& descriptor, units::Instant now) {
  link::Frame* frame = begin();
  if (frame == nullptr) return lose(mbuf);
  frame->descriptor = descriptor;
  commit(frame, mbuf, now);
}

void Carrier::lose(rte_mbuf* mbuf) noexcept {
  ++no_frame_;
  rte_pktmbuf_free(mbuf);
}

std::uint32_t Carrier::advance(units::Instant now) {
  if (is_controlled_) [[unlikely]]
    return advance_controlled(now);
  direction_.near().settle(now);
  if (!line_records_.empty()) [[unlikely]]
    capture_line();
  if (direction_.near().has_outputs()) [[unlikely]]
    take_near(now);
  if (pause_) pause_->refresh(now);
  return take_exits(now + lead_, burst);
}

std::uint32_t Carrier::take_exits(units::Instant now, std::uint32_t most) {
  std::uint32_t count = 0;
  link::FarEdge& far = direction_.far();
  for (; count < most; ++count) {
    link::Frame* frame = far.take_due(now);
    if (frame == nullptr) break;
    leave(*frame);
    far.give_back(frame);
  }
  return count;
}

void Carrier::take_near(units::Instant now) {
  link::Output output;
  while (direction_.near().take_output(output)) {
    if (output.kind == link::Output::Kind::drop && output.frame.purpose == link::Purpose::traffic)
      rte_pktmbuf_free(mbuf_of(output.frame));
    if (output.kind == link::Output::Kind::xoff) set_hold(Holder::near_edge, output.priority, true, now);
    if (output.kind == link::Output::Kind::xon) set_hold(Holder::near_edge, output.priority, false, now);
  }
}

void Carrier::leave(link::Frame& frame) {
  const link::Descriptor& d = frame.descriptor;
  if (d.verdict != link::Cause::none || d.edits != 0 || d.copies != 0 || capture_ != nullptr ||
      (flood_port_ != 0 && d.egress_port == flood_port_)) [[unlikely]]
    return leave_edited(frame);
  outlets_[d.egress_port]->push(mbuf_of(d), frame_bytes(d), frame.stamp);
}

void Carrier::leave_edited(link::Frame& frame) {
  const link::Descriptor& d = frame.descriptor;
  rte_mbuf* mbuf = mbuf_of(d);
  if (d.verdict != link::Cause::none) return rte_pktmbuf_free(mbuf);
  if ((d.edits & link::edit_ce) != 0) link::apply_ce(bytes_of(mbuf), ip_offset_of(mbuf));
  if ((d.edits & link::edit_corrupt) != 0) link::apply_corrupt(bytes_of(mbuf));
  if (capture_ != nullptr && capture_point_ == link::CapturePoint::exit) {
    for (unsigned copy = 0; copy <= d.copies; ++copy) capture(mbuf, frame.stamp);
  }
  const std::uint32_t bytes = frame_bytes(d);
  for (unsigned copy = 0; copy < d.copies; ++copy) {
    if (flood_port_ != 0 && d.egress_port == flood_port_) {
      for (auto& outlet : outlets_) send_copy(mbuf, *outlet, bytes, frame.stamp);
      generated_ += outlets_.size() - 1;
    } else {
      send_copy(mbuf, *outlets_[d.egress_port], bytes, frame.stamp);
    }
  }
  if (flood_port_ != 0 && d.egress_port == flood_port_) return flood(mbuf, bytes, frame.stamp);
  outlets_[d.egress_port]->push(mbuf, bytes, frame.stamp);
}

void Carrier::flood(rte_mbuf* mbuf, std::uint32_t bytes, units::Instant due) {
  for (std::size_t i = 1; i < outlets_.size(); ++i) send_copy(mbuf, *outlets_[i], bytes, due);
  generated_ += outlets_.size() - 1;
  outlets_.front()->push(mbuf, bytes, due);
}

// A copy of its own: the peer behind one port may write into what it gets.
void Carrier::send_copy(const rte_mbuf* mbuf, Outlet& outlet, std::uint32_t bytes, units::Instant due) {
  rte_mbuf* copy = rte_pktmbuf_copy(mbuf, options_.pool, 0, UINT32_MAX);
  if (copy == nullptr) {
    ++no_copy_;
    return;
  }
  outlet.push(copy, bytes, due);
}

void Carrier::flush(units::Instant now, const TscClock* clock) noexcept {
  for (auto& outlet : outlets_) outlet->flush(now, clock);
  if (pause_) pause_->flush(now, clock);
}

void Carrier::pause(std::uint16_t exit, std::uint8_t priority, std::uint16_t quanta, units::Instant now) {
  if (pause_ == nullptr) return;  // off: no switch of the path obeys
  if (is_controlled_) exchange(now);
  direction_.pause(exit, priority, quanta, now);
}

void Carrier::reconfigure(link::DirectionConfig config, units::Instant now) {
  if (is_controlled_) exchange(now);
  const bool had_backpressure = direction_.config().near_edge.has_backpressure;
  direction_.reconfigure(with_flood_port(std::move(config), options_.exits.size()), now);
  if (has_control()) begin_control(now);
  if (direction_.near().has_outputs()) take_near(now);
  if (direction_.config().near_edge.has_backpressure != had_backpressure) {
    end_pauses(now);
    pause_ = had_backpressure ? nullptr : pause_sender_.get();
  }
  lead_ = lead();
}

void Carrier::start_capture(std::shared_ptr<link::CaptureRing> ring, link::CapturePoint point) {
  capture_ = std::move(ring);
  capture_point_ = point;
  constexpr std::size_t between_two_looks = 65'536;
  line_records_.reserve(between_two_looks);
  direction_.near().note_transmissions(point == link::CapturePoint::line ? &line_records_ : nullptr);
}

void Carrier::stop_capture() {
  direction_.near().note_transmissions(nullptr);
  line_records_.clear();
  capture_.reset();
}

void Carrier::capture(const rte_mbuf* mbuf, units::Instant stamp) noexcept {
  capture_->push({stamp,
                  mbuf->pkt_len,
                  static_cast<std::uint16_t>(options_.config.link),
                  static_cast<std::uint8_t>(options_.config.direction),
                  capture_point_,
                  {rte_pktmbuf_mtod(mbuf, const std::byte*), mbuf->data_len}});
}

void Carrier::capture_line() noexcept {
  for (const link::LineRecord& record : line_records_)
    capture(reinterpret_cast<const rte_mbuf*>(record.token), record.stamp);
  line_records_.clear();
}

bool Carrier::sends_through(const TransmitRelay& relay) const noexcept {
  return std::any_of(outlets_.begin(), outlets_.end(), [&](const auto& outlet) { return outlet->relay() == &relay; });
}

bool Carrier::pauses_through(const TransmitRelay& relay) const noexcept {
  const auto& outlets = pause_sender_->outlets();
  return std::any_of(outlets.begin(), outlets.end(), [&](const auto& outlet) { return outlet->relay() == &relay; });
}

std::uint64_t Carrier::frames_held() const noexcept {
  std::uint64_t waiting = 0;
  for (const auto& outlet : outlets_) waiting += outlet->waiting();
  return direction_.frames_held() + waiting;
}

DirectionSnapshot Carrier::snapshot() const {
  DirectionSnapshot snapshot;
  snapshot.link = options_.config.link;
  snapshot.direction = options_.config.direction;
  snapshot.near = direction_.near().counters();
  snapshot.far = direction_.far().counters();
  snapshot.generated = generated_;
  snapshot.held = frames_held();
  snapshot.near_queue_bytes = direction_.near().queued_bytes();
  snapshot.far_queue_bytes = direction_.far().queued_bytes();
  snapshot.config = direction_.config();
  snapshot.config.far_edge.ports = static_cast<std::uint32_t>(options_.exits.size());
  snapshot.lag = lag_;
  for (const auto& outlet : outlets_) snapshot.late += outlet->counters().late;
  snapshot.no_frame = no_frame_ + no_copy_;
  snapshot.capture_missed = capture_ != nullptr ? capture_->missed() : 0;
  return snapshot;
}

}  // namespace farlink::dpdk
