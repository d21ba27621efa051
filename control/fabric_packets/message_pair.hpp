// SPDX-License-Identifier: Apache-2.0
// Messages of one (source, destination) pair of ranks, in order: what each of the two sites keeps of them. The sites
// may run on threads of their own; announcements alone go from one to the other, and come long before the first frame.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "control/fabric/fabric.hpp"
#include "control/fabric_packets/channel.hpp"

namespace farlink::fabric_packets {

// At the destination. Owner: its site's thread; announce() belongs to the source's.
class ReceivingPair {
 public:
  struct Entry {
    fabric::Message message;
    units::Instant posted;
    std::uint32_t parts_to_arrive = 0;
  };

  std::vector<std::uint64_t> received;  // by stream: requests complete
  std::uint64_t next_delivery = 0;      // ordinal of the first that is not delivered

  void announce(const Entry& entry) {
    const std::scoped_lock lock{mutex_};
    announced_.push_back(entry);
  }
  // Of a message that is not delivered yet, and of which frames have come.
  Entry& entry(std::uint64_t ordinal) {
    if (ordinal - next_delivery >= entries_.size()) take_announcements();
    return entries_.at(ordinal - next_delivery);
  }
  // The next message in order when all of it has come, or nullptr.
  const Entry* next_complete() const {
    return entries_.empty() || entries_.front().parts_to_arrive > 0 ? nullptr : &entries_.front();
  }
  void pop_delivered() {
    entries_.pop_front();
    ++next_delivery;
  }

 private:
  void take_announcements() {
    const std::scoped_lock lock{mutex_};
    entries_.insert(entries_.end(), announced_.begin(), announced_.end());
    announced_.clear();
  }

  std::deque<Entry> entries_;
  std::mutex mutex_;
  std::vector<Entry> announced_;
};

// At the source. Owner: its site's thread.
struct SendingPair {
  struct Entry {
    fabric::Message message;
    std::uint32_t parts_to_acknowledge = 0;
  };
  // Requests in the order in which they were posted; the queue pair that carries them may be replaced.
  struct Stream {
    std::uint32_t queue_pair = 0;
    std::uint64_t acknowledged = 0;
  };
  std::uint32_t source = 0, destination = 0;  // ranks
  std::vector<Stream> streams;
  // Each has as many streams as queue pairs; none: messages are striped over all streams.
  std::vector<Channel> channels;
  std::deque<Entry> entries;
  std::uint64_t first = 0;  // ordinal of entries.front(), which is not acknowledged

  Entry& entry(std::uint64_t ordinal) { return entries[ordinal - first]; }
  std::uint64_t end() const { return first + entries.size(); }

  alignas(64) ReceivingPair far;  // the destination's
};

}  // namespace farlink::fabric_packets
