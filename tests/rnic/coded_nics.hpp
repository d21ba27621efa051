// SPDX-License-Identifier: Apache-2.0
// Two RNICs with erasure coding and a fibre that carries header values: parity has no bytes here, as in virtual time.
// Order is kept, and every frame that left is in the log, also those that were lost.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "dataplane/rnic/nic.hpp"
#include "tests/rnic/two_nics.hpp"

namespace farlink::testing {

class CodedNics {
 public:
  // True: the frame is lost. `number` counts the frames of its side from 0.
  using Loses = std::function<bool(Side from, const Frame& frame, std::size_t number)>;

  explicit CodedNics(const rnic::Config& config, Loses loses, std::uint32_t first_psn = 0)
      : west_{config}, east_{config}, loses_{std::move(loses)} {
    west_.open(rnic::first_qp_number, {}, first_psn);
    east_.open(rnic::first_qp_number, {}, first_psn);
  }

  void post(Operation operation, std::uint32_t bytes, std::uint32_t immediate = 0) {
    Request request;
    request.operation = operation;
    request.bytes = bytes;
    request.immediate = immediate;
    request.id = posted_++;
    west_.post(rnic::first_qp_number, request, now_);
  }
  void inject(Side to, const Frame& frame) {
    std::uint64_t address = 0;
    nic(to).receive(frame, now_, &address);
  }

  // Until nothing will happen any more.
  void run() {
    while (true) {
      Instant next = std::min(west_.next_event(), east_.next_event());
      for (const auto& flights : flights_)
        if (!flights.empty()) next = std::min(next, flights.front().first);
      if (next == Instant::never()) return;
      now_ = next;
      for (const Side side : {Side::west, Side::east}) step(side);
    }
  }

  rnic::Nic& nic(Side side) { return side == Side::west ? west_ : east_; }
  const rnic::RequesterCounters& sender() { return west_.requester(rnic::first_qp_number).counters(); }
  const rnic::ResponderCounters& receiver() { return east_.responder(rnic::first_qp_number).counters(); }
  const std::vector<Completion>& received() const { return received_; }
  const std::vector<Completion>& sent() const { return sent_; }
  const std::vector<std::pair<Side, Frame>>& log() const { return log_; }
  Instant now() const { return now_; }

 private:
  void step(Side side) {
    auto& flights = flights_[static_cast<std::size_t>(side)];  // that come here
    while (!flights.empty() && flights.front().first <= now_) {
      const Frame frame = flights.front().second;
      flights.pop_front();
      inject(side, frame);
    }
    while (nic(side).next_event() <= now_) {
      const Frame* left = nic(side).advance(now_);
      if (left == nullptr) continue;
      log_.emplace_back(side, *left);
      if (!loses_(side, *left, numbers_[static_cast<std::size_t>(side)]++))
        flights_[static_cast<std::size_t>(other(side))].emplace_back(now_ + Duration::microseconds(10), *left);
    }
    for (const Completion& completion : nic(side).completions())
      (side == Side::west ? sent_ : received_).push_back(completion);
    nic(side).clear_completions();
  }

  rnic::Nic west_, east_;
  Loses loses_;
  Instant now_;
  std::uint64_t posted_ = 0;
  std::array<std::deque<std::pair<Instant, Frame>>, 2> flights_;  // by destination
  std::array<std::size_t, 2> numbers_{};
  std::vector<Completion> sent_, received_;
  std::vector<std::pair<Side, Frame>> log_;
};

inline rnic::Config coded_config(std::uint32_t data, std::uint32_t parity,
                                 rnic::ErasureCode::Kind kind = rnic::ErasureCode::Kind::mds) {
  rnic::Config config = lab_config();
  config.recovery = rnic::Recovery::selective_repeat;
  config.erasure_code = rnic::ErasureCode{kind, data, parity};
  config.ack_timeout = 5;  // 131 us
  return config;
}

}  // namespace farlink::testing
