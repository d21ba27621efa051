// SPDX-License-Identifier: Apache-2.0
// Work requests in, completions out; and the queue of requests that a queue pair has not completed.
#pragma once

#include <cassert>
#include <cstdint>
#include <vector>

namespace farlink::rnic {

inline constexpr std::uint32_t max_message_bytes = 1U << 31;  // IBA vol. 1, 9.7: of one request

enum class Operation : std::uint8_t { send, send_with_immediate, write, write_with_immediate, read };

constexpr bool has_immediate(Operation op) noexcept {
  return op == Operation::send_with_immediate || op == Operation::write_with_immediate;
}
constexpr bool is_send(Operation op) noexcept { return op == Operation::send || op == Operation::send_with_immediate; }

struct Request {
  Operation operation = Operation::write;
  std::uint32_t bytes = 0;  // up to max_message_bytes; 0 is a packet without payload
  std::uint64_t local_address = 0;
  std::uint64_t remote_address = 0;  // WRITE, READ
  std::uint32_t remote_key = 0;
  std::uint32_t immediate = 0;
  std::uint64_t id = 0;  // comes back in the completion
};

struct Completion {
  enum class Kind : std::uint8_t {
    sent,      // request `id` is acknowledged (READ: its data is here)
    received,  // a SEND, or a WRITE with immediate, arrived in full
    failed,    // the queue pair is in error; `id` is the request it died on
  };
  Kind kind = Kind::sent;
  Operation operation = Operation::write;
  std::uint32_t qp = 0;  // number of the local queue pair
  std::uint32_t bytes = 0;
  std::uint32_t immediate = 0;  // received
  std::uint64_t id = 0;         // sent, failed
};

// Requests in posting order with the PSNs they occupy; a ring that doubles when full, so a steady state allocates
// nothing.
class RequestQueue {
 public:
  struct Entry {
    Request request;
    std::uint64_t first = 0;  // extended PSN of its first packet
    std::uint32_t packets = 0;
    std::uint64_t end() const noexcept { return first + packets; }
  };

  bool is_empty() const noexcept { return head_ == tail_; }
  std::uint64_t head() const noexcept { return head_; }
  std::uint64_t tail() const noexcept { return tail_; }
  const Entry& operator[](std::uint64_t number) const noexcept {
    assert(number >= head_ && number < tail_);
    return ring_[number & (ring_.size() - 1)];
  }

  void push(const Entry& entry) {
    if (tail_ - head_ == ring_.size()) grow();
    ring_[tail_++ & (ring_.size() - 1)] = entry;
  }
  void pop() noexcept {
    assert(!is_empty());
    ++head_;
  }

 private:
  void grow() {
    std::vector<Entry> larger(ring_.empty() ? 4 : ring_.size() * 2);
    for (std::uint64_t i = head_; i < tail_; ++i) larger[i & (larger.size() - 1)] = ring_[i & (ring_.size() - 1)];
    ring_.swap(larger);
  }

  std::vector<Entry> ring_;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
};

}  // namespace farlink::rnic
