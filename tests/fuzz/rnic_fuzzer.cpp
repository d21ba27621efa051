// SPDX-License-Identifier: Apache-2.0
// Any frames, at any time, into an RNIC that has queue pairs and requests under way: nothing asserts, time never runs
// backwards, what it says to place lies inside the memory it was told of, and what it sends parses back.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "dataplane/rnic/nic.hpp"
#include "dataplane/rnic/wire_frame.hpp"

namespace {

using namespace farlink;
using units::Duration;
using units::Instant;

void expect(bool holds) {
  if (!holds) std::abort();
}

// Numbers from the input; zeros when it is used up.
class Source {
 public:
  explicit Source(std::span<const std::uint8_t> bytes) : bytes_{bytes} {}
  bool is_empty() const { return bytes_.empty(); }
  std::uint32_t take(std::size_t count) {
    std::uint32_t value = 0;
    for (; count > 0 && !bytes_.empty(); --count, bytes_ = bytes_.subspan(1)) value = value << 8 | bytes_.front();
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

class Session {
 public:
  explicit Session(Source source) : source_{source}, memory_(1 << 16), nic_{config()} {
    for (std::uint32_t i = 0; i < 3; ++i) nic_.open(100 + i, {}, i == 2 ? 0xff'fff0 : i * 1000);
  }

  void run() {
    for (int step = 0; step < 2000 && !source_.is_empty(); ++step) {
      switch (source_.take(1) % 8) {
        case 0:
          post();
          break;
        case 1:
          nic_.hold();
          break;
        case 2:
          nic_.release(now_);
          break;
        case 3:
          advance(8);
          break;
        case 4:
          now_ = now_ + Duration::nanoseconds(source_.take(3));
          advance(64);
          break;
        default:
          receive();
          break;
      }
      nic_.clear_completions();
    }
  }

 private:
  rnic::Config config() {
    rnic::Config config;
    const std::uint32_t bits = source_.take(2);
    config.mtu = 256U << (bits % 5);
    config.window = 1 + (bits >> 3) % 64;
    config.ack_every = 1 + (bits >> 9) % 8;
    config.nak = (bits & 0x1000U) != 0 ? rnic::NakMode::once : rnic::NakMode::every_gap;
    config.ack_timeout = static_cast<std::uint8_t>((bits >> 13) % 4);
    config.max_reads = 2;
    config.slow_restart = (bits & 0x8000U) != 0;
    if (config.slow_restart && config.ack_timeout != 0) config.adaptive_timer = 0;
    const std::uint32_t coding = source_.take(1);  // 0: go-back-N
    if (coding == 0) return config;
    config.recovery = rnic::Recovery::selective_repeat;
    config.slow_restart = false;
    if (coding % 4 == 1) return config;
    config.erasure_code =
        rnic::ErasureCode{(coding & 1U) != 0 ? rnic::ErasureCode::Kind::mds : rnic::ErasureCode::Kind::exclusive_or,
                          1 + coding % 40, 1 + (coding >> 3) % 12};
    config.window += 40 + config.ack_every;
    return config;
  }

  void post() {
    rnic::Request request;
    request.operation = static_cast<rnic::Operation>(source_.take(1) % 5);
    request.bytes = source_.take(2);
    request.local_address = reinterpret_cast<std::uintptr_t>(memory_.data());
    nic_.post(rnic::first_qp_number + source_.take(1) % 3, request, now_);
  }

  // Fields near to what is valid, so that the input gets past the first check.
  void receive() {
    rnic::Frame frame;
    frame.opcode = static_cast<wire::Opcode>(source_.take(1));
    frame.destination_qp = rnic::first_qp_number + source_.take(1) % 4;
    const std::uint32_t qp = (frame.destination_qp - rnic::first_qp_number) % 4;
    const std::uint32_t base = qp == 2 ? 0xff'fff0U : qp * 1000;
    frame.psn = (base + (source_.take(1) & 0x80U ? source_.take(3) : source_.take(1))) & 0xff'ffffU;
    const std::uint32_t shape = source_.take(1);
    const std::uint32_t mtu = nic_.config().mtu;
    frame.payload_bytes = static_cast<std::uint16_t>((shape & 1U) != 0 ? mtu : source_.take(1));
    frame.dma_length = (shape & 2U) != 0 ? frame.payload_bytes : source_.take((shape & 4U) != 0 ? 4 : 2);
    frame.immediate = rnic::aeth(static_cast<std::uint8_t>(source_.take(1)), source_.take(1));
    frame.ack_request = (shape & 8U) != 0;
    frame.is_corrupt = (shape & 0xf0U) == 0xf0U;
    if (nic_.config().erasure_code) frame.position = static_cast<std::uint8_t>(source_.take(1) & 0x7fU);
    frame.remote_address = reinterpret_cast<std::uintptr_t>(memory_.data());
    if (rnic::is_parity(frame.opcode)) frame.local_address = source_.take((shape & 2U) != 0 ? 1 : 2);
    std::uint64_t address = 0;
    const bool has_place = nic_.receive(frame, now_, &address);
    if (has_place && wire::is_read_response(frame.opcode)) {
      const std::uint64_t offset = address - reinterpret_cast<std::uintptr_t>(memory_.data());
      expect(offset + frame.payload_bytes <= memory_.size());
    }
  }

  void advance(int events) {
    for (; events > 0; --events) {
      const Instant next = nic_.next_event();
      if (next == Instant::never() || next > now_ + Duration::microseconds(100)) return;
      if (next > now_) now_ = next;
      if (const rnic::Frame* left = nic_.advance(now_)) check(*left);
    }
  }

  // READ responses name addresses that the far side chose; an adapter checks them, this one does not read them.
  void check(const rnic::Frame& sent) {
    if (rnic::is_parity(sent.opcode)) return;  // has no bytes
    rnic::Frame frame = sent;
    frame.local_address = reinterpret_cast<std::uintptr_t>(memory_.data());
    std::vector<std::byte> bytes(4300);
    bytes.resize(rnic::to_bytes(frame, {}, bytes));
    const rnic::ReceivedFrame received = rnic::from_bytes(bytes);
    expect(static_cast<bool>(received) && !received.frame.is_corrupt);
    expect(received.frame.psn == frame.psn && received.frame.opcode == frame.opcode);
    expect(received.frame.line_bytes == frame.line_bytes);
  }

  Source source_;
  std::vector<std::byte> memory_;
  rnic::Nic nic_;
  Instant now_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Session{Source{{data, size}}}.run();
  return 0;
}
