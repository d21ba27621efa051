// SPDX-License-Identifier: Apache-2.0
// Trains: spans of time in which a site's RNICs cannot disturb one another. Nothing in such a span leads to a
// completion (and so to the handler), a timer or change, an XOFF or XON, so that what an RNIC does in it follows from
// its own state and from what arrives, all of which is on the fibre when the span begins. It is worked out RNIC by
// RNIC, each while its state is at hand; what they send is brought into order behind that, and goes through the near
// edges frame by frame. Wherever that does not hold the site goes from event to event.
#include <algorithm>
#include <stdexcept>

#include "dataplane/rnic/nic_sending.hpp"
#include "dataplane/virtual_time/frame_adapter.hpp"
#include "dataplane/virtual_time/site.hpp"

namespace farlink::virtual_time {

namespace {

// Of a span, about, either way: some for each RNIC, so that its state is fetched once for them, but no more than stay
// in the cache.
constexpr std::uint32_t least_frames = 2'048, most_frames = 8'192, frames_of_a_nic = 16;
constexpr std::uint32_t longest_headers = 128;

}  // namespace

// The end of the span that begins at `begin`, as far as it is known without the RNICs' timers.
Instant Site::quiet_until(Instant begin, Instant limit) const noexcept {
  Instant until = std::min(limit, wakes_.earliest());
  if (has_rare_) until = std::min({until, next_change_, past_change_, earliest_of_rare({until}).at});
  // A train that is held takes no room.
  until = std::min(until, begin + (holds_ > 0 ? train_limits_.timer : train_limits_.longest));
  for (const link::Direction* direction : outgoing_)
    until = direction->near().quiet_until(begin, until, train_limits_.backlog, train_limits_.bits_per_second);
  for (std::size_t i = 0; i < incoming_.size() && until - begin >= train_limits_.shortest; ++i) {
    until = incoming_[i]->far().quiet_until(until, train_limits_.frames, [this](const link::Descriptor& d) {
      if ((d.edits & link::edit_corrupt) != 0) return false;
      return nics_[d.egress_port]->may_complete(d.destination_qp, static_cast<wire::Opcode>(d.opcode), d.psn,
                                                static_cast<std::uint8_t>(d.token >> 24));
    });
  }
  return until;
}

void Site::find_train_limits() {
  train_limits_ = {};
  train_limits_.nics = nic_count();
  Duration frame = Duration::zero(), timer = Duration::seconds(1);  // where none is set
  for (const auto& nic : nics_) {
    const std::uint32_t bytes = nic->config().mtu + longest_headers;
    train_limits_.backlog += bytes;
    train_limits_.bits_per_second += static_cast<double>(nic->config().rate.bits_per_second());
    frame = std::max(frame, units::serialization_time(units::Bytes{bytes}, nic->config().rate));
    timer = std::min(timer, nic->shortest_timer());
  }
  const auto nics = static_cast<std::int64_t>(std::max(1U, nic_count()));
  train_limits_.shortest = frame * 2 + frame * 16 / nics;
  train_limits_.timer = timer;
  train_limits_.frames = std::clamp(nic_count() * frames_of_a_nic, least_frames, most_frames);
  train_limits_.longest = std::min(timer, std::max(frame * std::int64_t{train_limits_.frames} / nics, frame * 32));
  yard_.resize(nic_count(), incoming_.size());
}

// False: no span long enough begins here.
bool Site::run_train(Instant begin, Instant limit) {
  if (train_limits_.nics != nic_count()) find_train_limits();
  Instant until = quiet_until(begin, limit);
  if (until - begin < train_limits_.shortest) return false;
  while (nic_events_.earliest() < until) {
    const std::uint32_t nic = nic_events_.front();
    nic_events_.set(nic, Instant::never());
    yard_.note_due(nic);
  }
  for (const std::uint32_t nic : yard_.due()) until = nics_[nic]->first_expiry(until);
  const bool is_long_enough = until - begin >= train_limits_.shortest;
  if (is_long_enough) {
    for (std::size_t i = 0; i < incoming_.size(); ++i) {
      incoming_[i]->far().take_exits(until, [this, i](link::Frame* frame) { yard_.hand_out(frame, i); });
    }
    yard_.sort_due();
    const std::span<const std::uint32_t> due = yard_.due();
    for (std::size_t i = 0; i < due.size(); ++i) {
      if (i + 4 < due.size()) nics_[due[i + 4]]->prefetch_for_turn();
      if (i + 2 < due.size()) prefetch_train(due[i + 2]);
      run_alone(due[i], until);
    }
    for (std::size_t i = 0; i < incoming_.size(); ++i) {
      for (link::Frame* frame : yard_.arrivals(i)) incoming_[i]->far().give_back(frame);
      yard_.arrivals(i).clear();
    }
  }
  for (const std::uint32_t nic : yard_.due()) nic_events_.set(nic, nics_[nic]->next_event());
  if (is_long_enough) send_train(yard_.in_order(begin, until));
  yard_.clear();
  if (!is_long_enough) return false;
  ++trains_;
  for (link::Direction* direction : outgoing_) {
    if (!direction->near().is_holding()) continue;  // and then its starts are events
    direction->near().settle(until - Duration::picoseconds(1));
    if (direction->near().has_outputs()) take_near(*direction);
  }
  return true;
}

void Site::send_train(std::span<const TrainYard::Departure> departures) {
  for (const TrainYard::Departure& departure : departures) {
    link::NearEdge& near = outgoing_[departure.route]->near();
    link::Frame* frame = near.admit();
    frame->descriptor = yard_.descriptor(departure.index);
    near.accept(frame, departure.at);
    if (near.has_outputs()) take_near(*outgoing_[departure.route]);
  }
}

void Site::prefetch_train(std::uint32_t number) noexcept {
  const rnic::Nic& nic = *nics_[number];
  for (const link::FrameQueue& queue : yard_.queues(number))
    for (const link::Frame* frame = queue.front(); frame != nullptr; frame = frame->next)
      nic.prefetch_arrival(frame->descriptor.destination_qp, static_cast<wire::Opcode>(frame->descriptor.opcode));
  nic.prefetch_turns();
}

// All that one RNIC does before `until`.
void Site::run_alone(std::uint32_t number, Instant until) {
  rnic::Nic& nic = *nics_[number];
  const std::span<link::FrameQueue> arrivals = yard_.queues(number);
  const rnic::Config& config = nic.config();
  const auto port = static_cast<std::uint16_t>(number);
  Instant last = last_event_;
  const auto left = [&](Instant at, const rnic::Frame& frame) {
    last = std::max(last, at);
    fill(yard_.depart(at, port, frame.path.route), frame, port,
         wire::is_cnp(frame.opcode) ? config.cnp_priority : config.priority);
  };
  const auto middle = [&](Instant at, const rnic::Requester& requester, rnic::Requester::Middle packet,
                          std::uint32_t line_bytes) {
    last = std::max(last, at);
    fill_middle(yard_.depart(at, port, requester.path().route), requester, packet, line_bytes, port, config);
  };
  for (;;) {
    link::FrameQueue* first = &arrivals.front();
    for (link::FrameQueue& queue : arrivals.subspan(1)) {
      if (queue.is_empty()) continue;
      if (first->is_empty() || queue.front()->stamp < first->front()->stamp) first = &queue;
    }
    const Instant arrival = first->is_empty() ? until : first->front()->stamp;
    nic.send_until(arrival, left, middle);
    for (Instant event = nic.next_event(); event < arrival; event = nic.next_event()) {
      last = std::max(last, event);
      if (const rnic::Frame* frame = nic.advance(event); frame != nullptr) left(event, *frame);
    }
    if (first->is_empty()) break;
    last = std::max(last, arrival);
    deliver(first->pop()->descriptor, nic, arrival);
  }
  last_event_ = last;
  if (!nic.completions().empty()) throw std::logic_error("a train led to a completion");
}

}  // namespace farlink::virtual_time
