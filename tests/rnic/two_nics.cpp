// SPDX-License-Identifier: Apache-2.0
#include "tests/rnic/two_nics.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace farlink::testing {

namespace {

rnic::WirePath path_from(Side side) {
  const rnic::EndpointAddress west{{2, 0, 0, 0, 0, 1}, wire::Ipv4Address{10, 0, 0, 1}};
  const rnic::EndpointAddress east{{2, 0, 0, 0, 0, 2}, wire::Ipv4Address{10, 0, 0, 2}};
  rnic::WirePath path;
  path.source = side == Side::west ? west : east;
  path.destination = side == Side::west ? east : west;
  return path;
}

}  // namespace

TwoNics::TwoNics(const rnic::Config& config, Duration delay)
    : west_{config}, east_{config}, delay_{delay}, fate_{[](const Sent&) { return Fate::delivered; }} {
  for (auto& inboxes : inbox_) inboxes.resize(rnic::first_qp_number);
  for (auto& starts : message_start_) starts.resize(rnic::first_qp_number);
}

std::uint32_t TwoNics::connect(std::uint32_t first_psn) {
  const std::uint32_t number = rnic::first_qp_number + west_.qp_count();
  west_.open(number, {}, first_psn);
  east_.open(number, {}, first_psn);
  for (auto& inboxes : inbox_) inboxes.emplace_back();
  for (auto& starts : message_start_) starts.emplace_back();
  return number;
}

bool TwoNics::inject(Side to, const Frame& frame) {
  std::uint64_t address = 0;
  const bool has_place = nic(to).receive(frame, now_, &address);
  collect(to);
  return has_place;
}

void TwoNics::run(Instant end) {
  while (true) {
    Instant next = std::min(west_.next_event(), east_.next_event());
    for (const auto& flights : flights_)
      if (!flights.empty()) next = std::min(next, flights.front().arrival);
    if (next > end || next == Instant::never()) {
      if (end != Instant::never()) now_ = end;
      return;
    }
    now_ = next;
    const auto landed = std::find_if(flights_.begin(), flights_.end(),
                                     [&](const auto& f) { return !f.empty() && f.front().arrival == next; });
    if (landed != flights_.end()) {
      const Flight flight = std::move(landed->front());
      landed->pop_front();
      land(flight);
      continue;
    }
    for (const Side side : {Side::west, Side::east}) {
      if (nic(side).next_event() != next) continue;
      if (const Frame* left = nic(side).advance(now_)) launch(side, *left);
      collect(side);
      break;
    }
  }
}

void TwoNics::launch(Side from, const Frame& frame) {
  std::vector<std::byte> bytes(4300);
  bytes.resize(rnic::to_bytes(frame, path_from(from), bytes));
  const rnic::ReceivedFrame parsed = rnic::from_bytes(bytes);
  if (!parsed || parsed.frame.is_corrupt || parsed.frame.line_bytes != frame.line_bytes)
    throw std::logic_error("the RNIC made a frame that does not parse back");
  Sent sent{now_, from, parsed.frame, Fate::delivered, sent_[static_cast<std::size_t>(from)]++};
  sent.fate = fate_(sent);
  log_.push_back(sent);
  if (sent.fate == Fate::lost) return;
  if (sent.fate == Fate::corrupted) bytes[bytes.size() - 1] ^= std::byte{1};
  flights_[static_cast<std::size_t>(other(from))].push_back({now_ + delay_, other(from), std::move(bytes)});
}

void TwoNics::land(const Flight& flight) {
  const rnic::ReceivedFrame received = rnic::from_bytes(flight.bytes);
  rnic::Nic& receiver = nic(flight.to);
  Frame frame = received.frame;
  if (receiver.config().tells_placements) {
    kept_.emplace_back(received.payload.begin(), received.payload.end());
    frame.local_address = testing::address(kept_.back());
  }
  std::uint64_t address = 0;
  if (receiver.receive(frame, now_, &address))
    place(flight.to, frame.destination_qp, frame.opcode, received.payload, address);
  for (const rnic::Placement& p : receiver.placements())
    place(flight.to, p.qp, p.opcode, {reinterpret_cast<const std::byte*>(p.payload), p.bytes}, p.address);
  receiver.clear_placements();
  collect(flight.to);
}

void TwoNics::place(Side side, std::uint32_t qp, Opcode opcode, std::span<const std::byte> payload,
                    std::uint64_t address) {
  if (!wire::is_send(opcode)) {
    if (!payload.empty()) std::memcpy(reinterpret_cast<void*>(address), payload.data(), payload.size());
    return;
  }
  std::vector<std::byte>& inbox = this->inbox(side, qp);
  std::size_t& start = message_start_[static_cast<std::size_t>(side)][qp];
  if (wire::starts_message(opcode)) start = inbox.size();
  if (start + address != inbox.size()) throw std::logic_error("a SEND left a gap");
  inbox.insert(inbox.end(), payload.begin(), payload.end());
}

void TwoNics::collect(Side side) {
  for (const Completion& completion : nic(side).completions()) done_.push_back({now_, side, completion});
  nic(side).clear_completions();
}

std::vector<Done> TwoNics::done(Side side, Completion::Kind kind) const {
  std::vector<Done> found;
  for (const Done& done : done_)
    if (done.side == side && done.completion.kind == kind) found.push_back(done);
  return found;
}

std::vector<Frame> TwoNics::frames(Side from) const {
  std::vector<Frame> found;
  for (const Sent& sent : log_)
    if (sent.from == from) found.push_back(sent.frame);
  return found;
}

std::vector<Frame> TwoNics::frames(Side from, Opcode opcode) const {
  std::vector<Frame> found = frames(from);
  found.erase(std::remove_if(found.begin(), found.end(), [&](const Frame& f) { return f.opcode != opcode; }),
              found.end());
  return found;
}

std::vector<std::byte> pattern(std::size_t size, std::uint32_t seed) {
  std::vector<std::byte> bytes(size);
  std::uint32_t state = seed * 2654435761U + 1;
  for (std::byte& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

Request request(Operation operation, const std::vector<std::byte>& local, const std::vector<std::byte>* remote,
                std::uint64_t id) {
  Request made;
  made.operation = operation;
  made.bytes = static_cast<std::uint32_t>(local.size());
  made.local_address = address(local);
  made.remote_address = remote == nullptr ? 0 : address(*remote);
  made.remote_key = 0x1234;
  made.immediate = 0xcafe'0000U + static_cast<std::uint32_t>(id);
  made.id = id;
  return made;
}

}  // namespace farlink::testing
