// SPDX-License-Identifier: Apache-2.0
// The near edge as a notification point: which of the frames that its queue marks are answered with a CNP, at most one
// in an interval for each queue pair, as the RNIC that receives would do it. A table of fixed size remembers the last
// CNP of each; one that is older than the interval may be forgotten. Only when more than eight queue pairs that share a
// place in it are notified within one interval does one of them get a CNP too many. Owner: the near edge.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/link/descriptor.hpp"
#include "dataplane/link/random.hpp"
#include "dataplane/units/time.hpp"
#include "dataplane/wire/opcode.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::link {

class Notifier {
 public:
  using Duration = units::Duration;
  using Instant = units::Instant;

  // Unset: the receivers answer marks. The table is made when it is first needed, not while frames move.
  void set_interval(std::optional<Duration> interval) {
    interval_ = interval;
    if (interval_ && buckets_.empty()) buckets_.resize(bucket_count);
  }

  // Data alone is answered: a receiver does not answer marked acknowledgements or CNPs either.
  bool answers(const Descriptor& d) const noexcept {
    const auto opcode = static_cast<wire::Opcode>(d.opcode);
    return interval_ && (wire::is_request(opcode) || wire::is_read_response(opcode));
  }

  // A frame for which answers() holds is marked at `now`: is it time for a CNP to its sender?
  bool is_due(const Descriptor& d, Instant now) noexcept {
    // Of a reliable connection: whom it reaches tells who sent it. Never zero.
    const std::uint64_t key = (std::uint64_t{1} << 40) | (std::uint64_t{d.egress_port} << 24) | d.destination_qp;
    Bucket& bucket = buckets_[mix(key) % bucket_count];
    Entry* place = &bucket.front();
    for (Entry& entry : bucket) {
      if (entry.key == key) {
        if (now - entry.last < *interval_) return false;
        entry.last = now;
        return true;
      }
      if (entry.key == 0 ? place->key != 0 : place->key != 0 && entry.last < place->last) place = &entry;
    }
    *place = {key, now};
    return true;
  }

  // What the sender of `marked` gets. The adapter finds the sender's queue pair: `destination_qp` and `egress_port` are
  // still those of the frame.
  static Descriptor notification(const Descriptor& marked) noexcept {
    Descriptor d = marked;
    d.token = 0;
    d.line_bytes = wire::line_bytes(wire::frame_bytes(wire::Opcode::cnp, 0, wire::IpVersion::v4, false));
    d.payload_bytes = 0;
    d.opcode = static_cast<std::uint8_t>(wire::Opcode::cnp);
    d.edits = d.copies = d.flags = 0;
    d.verdict = Cause::none;
    d.purpose = Purpose::notification;
    return d;
  }

 private:
  struct Entry {
    std::uint64_t key = 0;  // 0: empty
    Instant last;
  };
  using Bucket = std::array<Entry, 8>;
  static constexpr std::size_t bucket_count = 1024;

  std::optional<Duration> interval_;
  std::vector<Bucket> buckets_;  // empty unless there is an interval
};

}  // namespace farlink::link
