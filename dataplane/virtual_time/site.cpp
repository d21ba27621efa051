// SPDX-License-Identifier: Apache-2.0
#include "dataplane/virtual_time/site.hpp"

#include <algorithm>

#include "dataplane/virtual_time/frame_adapter.hpp"

namespace farlink::virtual_time {

std::uint32_t Site::add_nic(const rnic::Config& config) {
  if (profile_ == nullptr || profile_->config() != config) profile_ = std::make_shared<const rnic::Profile>(config);
  nics_.push_back(std::make_unique<rnic::Nic>(profile_));
  lost_frames_.push_back(0);
  nic_events_.resize(nic_count());
  if (holds_ > 0) nics_.back()->hold();
  return nic_count() - 1;
}

std::uint16_t Site::add_outgoing(link::Direction& direction) {
  outgoing_.push_back(&direction);
  return static_cast<std::uint16_t>(outgoing_.size() - 1);
}

void Site::post(std::uint32_t nic, std::uint32_t qp, const rnic::Request& request, Instant now) {
  nics_[nic]->post(qp, request, now);
  nic_events_.set(nic, nics_[nic]->next_event());
}

Site::Due Site::next_of_site() const noexcept {
  Due due{nic_events_.earliest(), Source::nic, 0};
  if (const Instant at = wakes_.earliest(); at <= due.at) due = {at, Source::wake, 0};
  for (auto i = static_cast<std::uint32_t>(outgoing_.size());
       i-- > 0;) {  // backwards, so that the first of equals wins
    const link::NearEdge& near = outgoing_[i]->near();
    if (!is_eager_ && !near.is_holding()) continue;
    if (const Instant at = near.next_event(); at <= due.at) due = {at, Source::near, i};
  }
  return due;
}

Site::Due Site::next_due(Instant known_until) noexcept {
  Due due = next_of_site();
  if (has_rare_) [[unlikely]] {
    due = earliest_of_rare(due);
    known_until = std::min(known_until, past_change_);
  }
  for (auto i = static_cast<std::uint32_t>(incoming_.size()); i-- > 0;)
    if (const Instant at = incoming_[i]->far().next_exit(known_until); at <= due.at) due = {at, Source::far, i};
  return due;
}

// Changes come before what `due` can be, cross traffic behind.
Site::Due Site::earliest_of_rare(Due due) const noexcept {
  if (next_change_ <= due.at) due = {next_change_, Source::change, 0};
  for (std::uint32_t i = 0; i < background_.size(); ++i)
    if (const Instant at = background_[i].background.next(); at < due.at) due = {at, Source::background, i};
  return due;
}

// A queued frame is an event even when nothing in this site waits for it: the far site does.
Instant Site::next_event() noexcept {
  due_ = next_due(Instant::start());
  Instant next = due_.at;
  if (is_eager_) return next;
  for (const link::Direction* direction : outgoing_) next = std::min(next, direction->near().next_event());
  return next;
}

void Site::run_until(Instant limit) {
  constexpr std::uint32_t events_between_trains = 64;
  for (Due due = next_due(limit); due.at < limit; due = next_due(limit)) {
    if (has_trains_ && until_train_-- == 0) {
      if (run_train(due.at, limit)) {
        until_train_ = 0;
        continue;
      }
      until_train_ = events_between_trains;
    }
    dispatch(due);
  }
  for (link::Direction* direction : outgoing_) {
    direction->near().settle(limit - Duration::picoseconds(1));
    if (direction->near().has_outputs()) take_near(*direction);
  }
}

void Site::step() {
  has_transmitted_ = false;
  const bool may_be_arrival = due_.source == Source::far;
  const Instant past = due_.at + Duration::picoseconds(1);
  if (may_be_arrival && incoming_[due_.index]->far().next_exit(past) != due_.at) return;
  dispatch(due_);
}

void Site::dispatch(const Due& due) {
  const Instant before = last_event_;
  last_event_ = due.at;
  switch (due.source) {
    case Source::far:
      take_far(due.index, due.at);
      break;
    case Source::change:
      last_event_ = before;  // nobody did anything
      change();
      break;
    case Source::near:
      has_transmitted_ = true;
      outgoing_[due.index]->near().settle(due.at);
      if (outgoing_[due.index]->near().has_outputs()) take_near(*outgoing_[due.index]);
      break;
    case Source::wake:
      on_wake(due.at);
      break;
    case Source::nic:
      run_nic(nic_events_.front(), due.at);
      break;
    case Source::background:
      take_background(due.index, due.at);
      break;
  }
}

void Site::add_background(link::Direction& direction, const BackgroundConfig& config) {
  background_.push_back({&direction, Background{config}});
  has_rare_ = true;
}

void Site::take_background(std::uint32_t index, Instant now) {
  has_transmitted_ = true;
  auto& [direction, background] = background_[index];
  direction->near().accept_background(background.line_bytes(), background.priority(), now);
  background.advance();
  if (direction->near().has_outputs()) take_near(*direction);
}

void Site::add_changes(link::Direction& direction, Edge edge, const std::vector<Change>& changes) {
  agendas_.push_back({&direction, edge, &changes});
  has_rare_ = true;
}

void Site::arm(Instant epoch) noexcept {
  epoch_ = epoch.since_start();
  find_next_change();
}

void Site::find_next_change() noexcept {
  next_change_ = Instant::never();
  for (const Agenda& agenda : agendas_)
    if (agenda.next < agenda.changes->size())
      next_change_ = std::min(next_change_, (*agenda.changes)[agenda.next].at + epoch_);
  past_change_ = next_change_ == Instant::never() ? next_change_ : next_change_ + Duration::picoseconds(1);
}

// All of one moment. Everything that is due until then has happened: exits before it in this site's order, frames that
// arrive at that very moment because next_due() takes them in first, and serializations in reconfigure().
void Site::change() {
  has_transmitted_ = true;
  const Instant now = next_change_;
  for (Agenda& agenda : agendas_) {
    for (; agenda.next < agenda.changes->size(); ++agenda.next) {
      const Change& change = (*agenda.changes)[agenda.next];
      if (change.at + epoch_ > now) break;
      if (agenda.edge == Edge::far) {
        agenda.direction->far().reconfigure(change.config.far_edge, now);
        continue;
      }
      agenda.direction->near().reconfigure(change.config, now);
      if (agenda.direction->near().has_outputs()) take_near(*agenda.direction);
    }
  }
  find_next_change();
}

void Site::on_wake(Instant now) {
  const std::uint64_t cookie = wakes_.pop();
  if (cookie != hold_ends) [[likely]]
    handler_->on_wake(cookie, now);
  else
    end_holds(now);
}

void Site::take_far(std::uint32_t index, Instant now) {
  link::Direction& direction = *incoming_[index];
  if (direction.far().next_signal() <= now) [[unlikely]]
    return send_signal(index, now);
  link::Frame* frame = direction.far().take_exit();
  if (frame == nullptr) return;
  if (frame->descriptor.purpose != link::Purpose::traffic) [[unlikely]] {
    const link::PauseSignal signal = link::to_signal(frame->descriptor);
    direction.far().give_back(frame);
    return obey(index, signal, now);
  }
  const std::uint32_t number = frame->descriptor.egress_port;
  rnic::Nic& nic = *nics_[number];
  deliver(frame->descriptor, nic, now);
  direction.far().give_back(frame);
  nic_events_.set(number, nic.next_event());
  if (!nic.completions().empty()) hand_over(number, now);
  // Who receives is known many events ahead: time enough to fetch its state, one pointer after the other.
  direction.far().look_ahead();
  if (const link::Frame* next = direction.far().upcoming(8); next != nullptr)
    nics_[next->descriptor.egress_port]->prefetch_for_arrival();
  if (const link::Frame* next = direction.far().upcoming(4); next != nullptr)
    nics_[next->descriptor.egress_port]->prefetch_arrival(next->descriptor.destination_qp,
                                                          static_cast<wire::Opcode>(next->descriptor.opcode));
}

// A dropped frame has no bytes to free here; it is counted for its sender.
void Site::take_near(link::Direction& direction) {
  link::Output output;
  while (direction.near().take_output(output)) {
    const bool is_drop = output.kind == link::Output::Kind::drop;
    if (is_drop && output.frame.purpose == link::Purpose::traffic) ++lost_frames_[output.frame.ingress_port];
    if (output.kind == link::Output::Kind::xoff) hold(true, output.stamp);
    if (output.kind == link::Output::Kind::xon) hold(false, output.stamp);
    if (output.kind == link::Output::Kind::cnp) [[unlikely]]
      deliver_cnp(direction, output);
  }
}

// As with XOFF, nothing lies between the near edge and the RNICs of its site.
void Site::deliver_cnp(const link::Direction& direction, const link::Output& output) {
  const auto route = std::find(outgoing_.begin(), outgoing_.end(), &direction) - outgoing_.begin();
  const link::Descriptor& d = output.frame;
  rnic::Nic& nic = *nics_[d.ingress_port];
  senders_.resize(nic_count());
  rnic::Frame cnp = to_frame(d);
  cnp.destination_qp =
      senders_[d.ingress_port].find(nic, static_cast<std::uint16_t>(route), d.egress_port, d.destination_qp);
  std::uint64_t address = 0;
  nic.receive(cnp, output.stamp, &address);
  nic_events_.set(d.ingress_port, nic.next_event());
}

// The far edge of what comes in has something to tell the other site: it goes back by the same link.
void Site::send_signal(std::uint32_t index, Instant now) {
  has_transmitted_ = true;
  link::Direction& back = *outgoing_[index];
  back.near().send_signal(incoming_[index]->far().take_signal(now), now);
  if (back.near().has_outputs()) take_near(back);
}

// The far edge of what leaves by the same link has told us something.
void Site::obey(std::uint32_t index, const link::PauseSignal& signal, Instant now) {
  link::Direction& direction = *outgoing_[index];
  if (direction.near().pause_target() == link::PauseTarget::serializer) {
    has_transmitted_ = true;
    direction.near().obey(signal, now);
    if (direction.near().has_outputs()) take_near(direction);
    return;
  }
  if (nics_.empty()) return;
  const auto quanta = static_cast<std::uint16_t>(signal.amount);
  const Instant until = now + wire::pause_time(quanta, nics_.front()->config().rate);
  const link::RemoteHolds::Change change = remote_holds_.obey(index, signal.priority, quanta, until);
  if (quanta > 0) wakes_.push(until, hold_ends);
  if (change != link::RemoteHolds::Change::none) hold(change == link::RemoteHolds::Change::held, now);
}

void Site::end_holds(Instant now) {
  for (auto ended = remote_holds_.expire(now); ended.link != link::RemoteHolds::none;
       ended = remote_holds_.expire(now)) {
    outgoing_[ended.link]->near().count_expired_pause();
    hold(false, now);
  }
}

// Every RNIC of the site is behind an access port of every near edge, so all of them hold.
void Site::hold(bool is_xoff, Instant now) {
  if (is_xoff ? holds_++ > 0 : --holds_ > 0) return;
  for (std::uint32_t i = 0; i < nic_count(); ++i) {
    if (is_xoff) {
      nics_[i]->hold();
    } else {
      nics_[i]->release(now);
      nic_events_.set(i, nics_[i]->next_event());
    }
  }
}

void Site::run_nic(std::uint32_t number, Instant now) {
  rnic::Nic& nic = *nics_[number];
  const rnic::Frame* left = nic.advance(now);
  nic_events_.set(number, nic.next_event());
  // With hundreds of RNICs each has fallen out of the cache since its last turn: fetch what comes. One alone has its
  // own next turn a frame from now.
  lookahead_.advance(nic_events_);
  if (const std::uint32_t next = lookahead_.at(12); next != link::EventWheel::none) nics_[next]->prefetch_for_turn();
  const std::uint32_t next = lookahead_.at(4);
  nics_[next != link::EventWheel::none ? next : number]->prefetch_turn();
  if (left != nullptr) {
    has_transmitted_ = true;
    link::Direction& direction = *outgoing_[left->path.route];
    link::Frame* frame = direction.near().admit();
    const rnic::Config& config = nic.config();
    fill(frame->descriptor, *left, static_cast<std::uint16_t>(number),
         wire::is_cnp(left->opcode) ? config.cnp_priority : config.priority);
    direction.near().accept(frame, now);
    if (direction.near().has_outputs()) take_near(direction);
  }
  if (!nic.completions().empty()) hand_over(number, now);
}

void Site::hand_over(std::uint32_t number, Instant now) {
  rnic::Nic& nic = *nics_[number];
  // The handler may post to this RNIC, which completes nothing by itself.
  for (std::size_t i = 0; i < nic.completions().size(); ++i) {
    const rnic::Completion completion = nic.completions()[i];
    handler_->on_completion(number, completion, now);
  }
  nic.clear_completions();
}

}  // namespace farlink::virtual_time
