// SPDX-License-Identifier: Apache-2.0
#include "control/collective/schedule.hpp"

#include <cassert>
#include <limits>
#include <stdexcept>

namespace farlink::collective {

ScheduleBuilder::ScheduleBuilder(std::uint32_t member_count, std::uint32_t phase_count)
    : member_count_{member_count},
      phase_count_{phase_count},
      phases_(static_cast<std::size_t>(member_count) * phase_count) {}

void ScheduleBuilder::send(std::uint32_t from, std::uint32_t to, std::uint32_t phase, units::Bytes bytes,
                           bool is_awaited) {
  assert(from < member_count_ && to < member_count_ && phase < phase_count_);
  if (bytes.count() == 0) return;
  Load& load = messages_[Key{from, phase, to}];
  load.bytes += bytes;
  load.is_awaited |= is_awaited;
}

void ScheduleBuilder::work_together(std::span<const std::uint32_t> members, std::uint32_t phase, units::Duration work) {
  if (members.size() < 2) return;
  for (const std::uint32_t member : members) {
    Phase& of_member = phases_[static_cast<std::size_t>(member) * phase_count_ + phase];
    of_member.is_joint = true;
    of_member.joint_work = work;
  }
}

Schedule ScheduleBuilder::build() const {
  if (messages_.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("a collective with more than 4294967295 messages between sites; use a smaller group");
  }
  Schedule schedule;
  schedule.phases_ = phases_;
  for (std::uint32_t member = 0; member <= member_count_; ++member) {
    schedule.first_phase_.push_back(member * phase_count_);
  }
  schedule.messages_.reserve(messages_.size());
  for (const auto& [key, load] : messages_) {
    Phase& sender = schedule.phases_[static_cast<std::size_t>(key.from) * phase_count_ + key.phase];
    if (sender.message_count++ == 0) sender.first_message = static_cast<std::uint32_t>(schedule.messages_.size());
    if (load.is_awaited) ++sender.awaited_count;
    ++schedule.phases_[static_cast<std::size_t>(key.to) * phase_count_ + key.phase].receive_count;
    schedule.messages_.push_back({key.from, key.phase, key.to, key.phase, load.bytes, load.is_awaited});
  }
  return schedule;
}

}  // namespace farlink::collective
