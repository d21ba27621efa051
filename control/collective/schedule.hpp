// SPDX-License-Identifier: Apache-2.0
// A collective over a group that spans sites, as data: per member a list of phases, each with messages it sends at its
// start, messages it waits for, and work that the members of one site do together for a while (latency-bandwidth
// model). control/replay executes schedules; control/collective/expand.hpp makes them. Members are indices in
// communicator order.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::collective {

// From one member to another; the receiver's phase `to_phase` does not end before it has arrived.
struct Message {
  std::uint32_t from = 0, from_phase = 0;
  std::uint32_t to = 0, to_phase = 0;
  units::Bytes bytes;
  bool is_awaited = false;  // the sender's phase does not end before it is acknowledged
};

// A phase ends when all it waits for has come: `receive_count` messages, acknowledgements of its awaited messages, and,
// when `is_joint`, the end of the joint work: it starts when all members of the site are in this phase and takes
// `joint_work`.
struct Phase {
  units::Duration joint_work;
  std::uint32_t first_message = 0, message_count = 0;  // into Schedule::messages
  std::uint32_t receive_count = 0;
  std::uint32_t awaited_count = 0;
  bool is_joint = false;
};

class Schedule {
 public:
  std::span<const Phase> phases_of(std::uint32_t member) const noexcept {
    return std::span{phases_}.subspan(first_phase_[member], first_phase_[member + 1] - first_phase_[member]);
  }
  std::span<const Message> messages() const noexcept { return messages_; }
  std::span<const Message> messages_of(const Phase& phase) const noexcept {
    return std::span{messages_}.subspan(phase.first_message, phase.message_count);
  }
  std::uint32_t member_count() const noexcept { return static_cast<std::uint32_t>(first_phase_.size() - 1); }

 private:
  friend class ScheduleBuilder;
  std::vector<Phase> phases_;
  std::vector<Message> messages_;
  std::vector<std::uint32_t> first_phase_;  // one more than members
};

// Collects phases and messages in any order; the schedule comes out the same for the same calls.
class ScheduleBuilder {
 public:
  // Every member has `phase_count` phases; a phase that waits for nothing ends at once.
  ScheduleBuilder(std::uint32_t member_count, std::uint32_t phase_count);

  // Messages of no bytes are left out; several between the same two phases become one.
  void send(std::uint32_t from, std::uint32_t to, std::uint32_t phase, units::Bytes bytes, bool is_awaited = false);
  // `members`, all of one site, work together in `phase`; one member alone has nothing to do.
  void work_together(std::span<const std::uint32_t> members, std::uint32_t phase, units::Duration work);

  // Throws std::length_error when there are more messages than 32 bits count.
  Schedule build() const;

 private:
  struct Key {
    std::uint32_t from, phase, to;
    auto operator<=>(const Key&) const = default;
  };
  struct Load {
    units::Bytes bytes;
    bool is_awaited = false;
  };
  std::uint32_t member_count_, phase_count_;
  std::vector<Phase> phases_;  // member-major
  std::map<Key, Load> messages_;
};

}  // namespace farlink::collective
