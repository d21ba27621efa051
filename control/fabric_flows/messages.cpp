// SPDX-License-Identifier: Apache-2.0
// What becomes of a message when its bytes have left the RNIC: repairs, the way to the other site, and the answer.
#include <algorithm>
#include <utility>

#include "control/fabric_flows/flow_network.hpp"
#include "control/fabric_flows/instant.hpp"

namespace farlink::fabric_flows {

using units::Duration;
using units::Instant;

void FlowNetwork::end_message(std::uint32_t number, Pair& pair) {
  Transfer& transfer = pair.transfers[pair.sent];
  if (!pair.blocked.empty() && !pair.is_repairing && repair_message(number, pair, transfer)) return;
  pair.is_repairing = false;
  Counts& counts = counts_[pair.path];
  counts.data_in += transfer.packets;
  counts.bytes += transfer.bytes + paths_[pair.path].overhead * static_cast<double>(transfer.packets);
  depart(number, pair);
  ++pair.sent;
  start_next(number, pair);
}

// True when packets are to be sent again first.
bool FlowNetwork::repair_message(std::uint32_t number, Pair& pair, Transfer& transfer) {
  const Path& path = paths_[pair.path];
  const double now = picoseconds();
  Sending sending;
  sending.start = transfer.start;
  sending.end = now;
  sending.packets = transfer.packets;
  sending.loss = path.loss;
  sending.answer_loss = paths_[pair.back].answer_loss;
  sending.is_followed = pair.sent + 1 < pair.transfers.size();
  sending.round_trip = round_trip(pair);
  sending.wait_at_start = transfer.wait_at_start;
  sending.wait_at_end = wait(pair, 0);
  const Repair found = repair(recovery_, sending, pair.blocked, pair.draws, pair.next_draw);
  if (found.lost == 0 && found.ready == 0 && found.resent_now == 0) return false;
  pair.untold = found.untold;
  Counts& counts = counts_[pair.path];
  counts.lost += found.lost;
  counts.retransmitted += found.resent;
  counts.timeouts += found.timeouts;
  counts.data_in += found.resent;
  counts.bytes += static_cast<double>(found.resent) * (path.packet + path.overhead);
  pair.repair_ready = found.ready;
  if (sending.is_followed) pair.carried = found.resent_later * path.packet;
  if (found.resent_now < 0.5) return false;
  pair.is_repairing = true;
  pair.left = found.resent_now * path.packet;
  start_segment(number, pair, pair.left);
  return true;
}

// Until the last bit of the last packet leaves its wave, of the last wave. RNICs that end at once have their last
// packets one behind the other all the same, and each is not behind those that come later: a small thing, but what
// comes first gets further ahead with every queue that it is first in.
double FlowNetwork::wait(const Pair& pair, double last_bytes) const noexcept {
  const Path& path = paths_[pair.path];
  double longest = 0;
  for (const auto& [wave, share] : pair.waves) {
    const double packet = (last_bytes + path.overhead) / path.line.wave_rate();
    const double ahead = path.line.wait_picoseconds(wave) - packet * ending_behind_ / path.line.waves();
    longest = std::max(longest, std::max(ahead, packet) + path.skew_of(wave));
  }
  return longest;
}

// When the sender has the answer to a packet that has left the receiver's port at `from`.
double FlowNetwork::answer_time(const Pair& pair, double from) const noexcept {
  const Path& back = paths_[pair.back];
  const double bytes = answer_bytes();
  double longest = 0;
  for (const std::uint32_t wave : pair.waves_back) {
    const double own = (bytes + back.overhead) / back.line.wave_rate();
    longest = std::max(longest, std::max(back.line.wait_picoseconds(wave), own) + back.skew_of(wave));
  }
  return from + bytes / back.near_rate + longest + back.delay + bytes / back.far_rate;
}

// Of a packet and its answer, when nothing is queued for the line.
double FlowNetwork::round_trip(const Pair& pair) const noexcept {
  const Path& path = paths_[pair.path];
  const double own = (path.packet + path.overhead) / path.line.wave_rate();
  return answer_time(pair, own + path.delay + path.packet / path.far_rate);
}

// The last byte of the message has left its RNIC now, or is to leave it later, when losses have been made good.
void FlowNetwork::depart(std::uint32_t number, Pair& pair) {
  if (pair.untold.empty()) return arrive(number, pair, std::max(picoseconds(), pair.repair_ready));
  pair.deadline = std::max(picoseconds(), pair.repair_ready) + recovery_.timeout;
  if (pair.deadline < forever)
    agenda_.add(instant_at(pair.deadline), {Event::Kind::timer, number, static_cast<std::uint64_t>(pair.deadline)});
}

// Of the first transfer that is not on its way yet. sent: when its last byte is, now or later.
void FlowNetwork::arrive(std::uint32_t number, Pair& pair, double sent) {
  const Path& path = paths_[pair.path];
  const Transfer& transfer = pair.transfers[pair.departed++];
  const double now = picoseconds();
  const double last = std::min(transfer.bytes, path.packet);
  const double empty = (last + path.overhead) / path.line.wave_rate();
  const double queued = wait(pair, last);
  const double way = std::max(queued - (sent - now), empty) + path.delay;
  // Bytes of one message may come no faster than the port takes them; those of several have to queue.
  Nic& receiver = nics_[pair.far_nic];
  receiver.exit_free =
      std::max(receiver.exit_free, transfer.start + queued + path.delay) + transfer.bytes / path.far_rate;
  double there = std::max(sent + way + last / path.far_rate, receiver.exit_free);
  pair.repair_ready = 0;
  there = pair.last_arrival = std::max(there, pair.last_arrival);
  agenda_.add(instant_at(there), {Event::Kind::delivered, number, 0});
}

// The first packet of another message tells what was lost before it, a round trip later.
void FlowNetwork::tell_untold(std::uint32_t number, Pair& pair) {
  double told = picoseconds() + round_trip(pair) + wait(pair, 0);
  Repair repair;
  const Sending sending{
      .round_trip = round_trip(pair), .loss = paths_[pair.path].loss, .answer_loss = paths_[pair.back].answer_loss};
  told += retry(recovery_, sending, pair.draws, pair.next_draw, repair);
  counts_[pair.path].lost += repair.lost;
  counts_[pair.path].timeouts += repair.timeouts;
  if (!recovery_.is_selective)
    for (const std::uint32_t queue_pair : pair.untold) pair.blocked[queue_pair] = told;
  pair.untold.clear();
  arrive(number, pair, told);
}

void FlowNetwork::run_out(std::uint32_t number, std::uint64_t deadline) {
  Pair& pair = pairs_[number];
  if (pair.untold.empty() || static_cast<std::uint64_t>(pair.deadline) != deadline) return;
  counts_[pair.path].timeouts += pair.untold.size();
  pair.untold.clear();
  arrive(number, pair, picoseconds());
}

void FlowNetwork::deliver(std::uint32_t number, Instant now) {
  Pair& pair = pairs_[number];
  const Transfer transfer = pair.transfers[pair.delivered++];
  const Path& path = paths_[pair.path];
  const Path& back = paths_[pair.back];
  data_frames_ += transfer.packets;
  times_.add(now - transfer.posted);
  double known = answer_time(pair, picoseconds());
  auto kind = Event::Kind::acknowledged;
  Counts& counts = counts_[pair.back];
  const std::uint64_t answers =
      transfer.packets / scenario_.transport.ack_every + std::min<std::uint64_t>(queue_pairs_, transfer.packets);
  counts.answers_in += answers;
  counts.bytes += static_cast<double>(answers) * (answer_bytes() + back.overhead);
  // That of the last packet of a queue pair: no later one stands for it.
  if (back.answer_loss > 0 && pair.delivered == pair.transfers.size()) {
    const double all =
        std::pow(1 - back.answer_loss, std::min<double>(queue_pairs_, static_cast<double>(transfer.packets)));
    if (pair.draws.uniform(pair.next_draw++) >= all) {
      ++counts.answers_lost;
      ++pair.missing_answers;
      pair.answer_deadline = known += recovery_.timeout;
      kind = Event::Kind::answer_missed;
    }
  }
  if (known < forever) agenda_.add(instant_at(known), {kind, number, static_cast<std::uint64_t>(known)});
  drivers_[path.to]->on_delivered(transfer.message, transfer.posted, now);
}

// An acknowledgement stands for all before it.
void FlowNetwork::acknowledge(std::uint32_t number, Instant now) {
  Pair& pair = pairs_[number];
  std::uint32_t count = 1 + std::exchange(pair.missing_answers, 0);
  for (; count > 0; --count) {
    const fabric::Message message = pair.transfers.front().message;
    pair.transfers.pop_front();
    --pair.delivered;
    --pair.departed;
    --pair.sent;
    drivers_[paths_[pair.path].from]->on_acknowledged(message, now);
  }
}

// The timer of a message whose acknowledgement was lost has run out, and it has been asked for again.
void FlowNetwork::miss_answer(std::uint32_t number, std::uint64_t deadline, Instant now) {
  Pair& pair = pairs_[number];
  if (pair.missing_answers == 0 || static_cast<std::uint64_t>(pair.answer_deadline) != deadline) return;
  --pair.missing_answers;
  ++counts_[pair.path].timeouts;
  acknowledge(number, now);
}

}  // namespace farlink::fabric_flows
