// SPDX-License-Identifier: Apache-2.0
// Where the members of cross-site groups stand in their collectives. A message may come before its receiver has got
// there, so a member can have several instances: the one it is in (entered) and early ones. Found by walking the
// member's short list.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "control/collective/schedule.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::replay {

// Which collective of a group it is: the step, the ordinal in the step, the repetition.
struct CollectiveKey {
  std::uint32_t step = 0, ordinal = 0, repetition = 0;
  bool operator==(const CollectiveKey&) const = default;
};

struct CollectiveInstance {
  CollectiveKey key;
  const collective::Schedule* schedule = nullptr;
  std::uint32_t group = 0, member = 0;
  std::uint32_t phase = 0;
  bool is_entered = false;
  units::Instant phase_start;
  std::vector<std::uint32_t> pending;  // per phase: receives, acknowledgements and joint work still to come
  CollectiveInstance* next = nullptr;  // of the same member
};

class CollectiveInstances {
 public:
  // One list per member; members are numbered by the caller.
  void resize(std::size_t members) { first_.assign(members, nullptr); }

  CollectiveInstance* find(std::size_t member, const CollectiveKey& key) const noexcept {
    CollectiveInstance* instance = first_[member];
    while (instance != nullptr && !(instance->key == key)) instance = instance->next;
    return instance;
  }
  CollectiveInstance* entered(std::size_t member) const noexcept {
    CollectiveInstance* instance = first_[member];
    while (instance != nullptr && !instance->is_entered) instance = instance->next;
    return instance;
  }

  // A new instance at its first phase, with everything its phases wait for.
  CollectiveInstance& make(std::size_t member, const CollectiveKey& key, const collective::Schedule& schedule,
                           std::uint32_t group, std::uint32_t member_of_group) {
    if (free_ == nullptr) free_ = &pool_.emplace_back();
    CollectiveInstance& made = *free_;
    free_ = made.next;
    made.key = key;
    made.schedule = &schedule;
    made.group = group;
    made.member = member_of_group;
    made.phase = 0;
    made.is_entered = false;
    made.pending.clear();
    for (const collective::Phase& phase : schedule.phases_of(member_of_group)) {
      made.pending.push_back(phase.receive_count + phase.awaited_count + (phase.is_joint ? 1 : 0));
    }
    made.next = first_[member];
    first_[member] = &made;
    return made;
  }

  void release(std::size_t member, CollectiveInstance& instance) noexcept {
    CollectiveInstance** link = &first_[member];
    while (*link != &instance) link = &(*link)->next;
    *link = instance.next;
    instance.next = free_;
    free_ = &instance;
  }

 private:
  std::deque<CollectiveInstance> pool_;  // addresses stay
  CollectiveInstance* free_ = nullptr;
  std::vector<CollectiveInstance*> first_;
};

}  // namespace farlink::replay
