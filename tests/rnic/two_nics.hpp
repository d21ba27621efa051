// SPDX-License-Identifier: Apache-2.0
// Two RNICs, a fibre of equal delay each way, and nothing between them but RoCEv2 bytes with their ICRC. Memory is
// real: addresses are pointers. Every frame that left a serializer is in the log with its time, also the ones that were
// lost.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "dataplane/rnic/nic.hpp"
#include "dataplane/rnic/wire_frame.hpp"

namespace farlink::testing {

using rnic::Completion;
using rnic::Frame;
using rnic::Operation;
using rnic::Request;
using units::Duration;
using units::Instant;
using wire::Opcode;

enum class Side : std::uint8_t { west, east };
constexpr Side other(Side side) { return side == Side::west ? Side::east : Side::west; }

enum class Fate : std::uint8_t { delivered, lost, corrupted };

struct Sent {
  Instant left;  // last bit out of the serializer
  Side from = Side::west;
  Frame frame;  // as parsed from the bytes
  Fate fate = Fate::delivered;
  std::size_t number = 0;  // of its side, from 0
};

// What happens to a frame. Default: delivered.
using FateOf = std::function<Fate(const Sent&)>;

struct Done {
  Instant at;
  Side side = Side::west;
  Completion completion;
};

// 100 Gb/s: one byte lasts 80 ps, a full packet of 4096 bytes 334,240 ps, an acknowledge 6,880 ps.
inline rnic::Config lab_config() {
  rnic::Config config;
  config.rate = units::BitRate::gigabits(100);
  return config;
}

class TwoNics {
 public:
  explicit TwoNics(const rnic::Config& config = lab_config(), Duration delay = Duration::microseconds(10));

  // A queue pair between both; returns its number, the same at each side.
  std::uint32_t connect(std::uint32_t first_psn = 0);
  void post(Side side, std::uint32_t qp, const Request& request) { nic(side).post(qp, request, now_); }
  // Hands the frame to the RNIC as if it had come over the fibre.
  bool inject(Side to, const Frame& frame);

  void set_fate(FateOf fate) { fate_ = std::move(fate); }

  // Until nothing will happen any more, or `end`.
  void run(Instant end = Instant::never());
  Instant now() const { return now_; }

  rnic::Nic& nic(Side side) { return side == Side::west ? west_ : east_; }
  const std::vector<Sent>& log() const { return log_; }
  const std::vector<Done>& done() const { return done_; }
  std::vector<Done> done(Side side, Completion::Kind kind) const;
  std::vector<Frame> frames(Side from) const;
  std::vector<Frame> frames(Side from, Opcode opcode) const;
  // Where SENDs land: one behind the other.
  std::vector<std::byte>& inbox(Side side, std::uint32_t qp) { return inbox_[static_cast<std::size_t>(side)][qp]; }

 private:
  struct Flight {
    Instant arrival;
    Side to;
    std::vector<std::byte> bytes;
  };

  void launch(Side from, const Frame& frame);
  void land(const Flight& flight);
  void place(Side side, std::uint32_t qp, Opcode opcode, std::span<const std::byte> payload, std::uint64_t address);
  void collect(Side side);

  rnic::Nic west_, east_;
  Duration delay_;
  Instant now_;
  std::array<std::deque<Flight>, 2> flights_;  // by destination
  std::array<std::vector<std::vector<std::byte>>, 2> inbox_;
  std::array<std::vector<std::size_t>, 2> message_start_;
  std::array<std::size_t, 2> sent_{};
  std::deque<std::vector<std::byte>> kept_;  // payloads that selective repeat has no place for yet
  FateOf fate_;
  std::vector<Sent> log_;
  std::vector<Done> done_;
};

// `size` bytes that differ from place to place and from seed to seed.
std::vector<std::byte> pattern(std::size_t size, std::uint32_t seed);

inline std::uint64_t address(const std::vector<std::byte>& memory) {
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(memory.data()));
}

// A request of the whole of `local`; `remote` is where a WRITE goes and a READ comes from.
Request request(Operation operation, const std::vector<std::byte>& local,
                const std::vector<std::byte>* remote = nullptr, std::uint64_t id = 0);

}  // namespace farlink::testing
