// SPDX-License-Identifier: Apache-2.0
// SiteReplay's collectives: those inside the site start together and end together; those across sites follow a
// schedule.
#include <algorithm>
#include <cassert>

#include "control/replay/site_replay.hpp"

namespace farlink::replay {

using units::Instant;

void SiteReplay::start_collective(std::uint32_t slot, std::uint32_t node, Instant now) {
  const RankState& rank = ranks_[slot];
  const std::uint32_t group = plan_->group_of(rank.rank, node);
  const std::uint32_t ordinal = plan_->ordinal_of(rank.rank, node);
  if (!plan_->group(group).is_in_one_site) {
    CollectiveInstance& instance = obtain(group, plan_->member_of(rank.rank, node), {rank.step, ordinal, 0});
    instance.is_entered = true;
    begin_phase(instance, slot, now);
    return advance(&instance, now);
  }
  if (++arrived_[group] < plan_->group(group).placement.member_count) return;
  arrived_[group] = 0;
  ordinal_[group] = ordinal;
  work_start_[group] = now;
  wake(now + plan_->operation(group, ordinal).duration, Event::group_end, group);
}

void SiteReplay::end_group(std::uint32_t group, Instant now) {
  const std::uint32_t ordinal = ordinal_[group];
  const std::uint32_t members = plan_->group(group).placement.member_count;
  for (std::uint32_t member = 0; member < members; ++member) {
    const std::uint32_t node = plan_->call_node(group, member, ordinal);
    const std::uint32_t slot = slot_of(group, member);
    note_communication(slot, node, {work_start_[group], now});
    complete(slot, node, now);
  }
}

CollectiveInstance& SiteReplay::obtain(std::uint32_t group, std::uint32_t member, const CollectiveKey& key) {
  const std::size_t list = list_of(group, member);
  CollectiveInstance* instance = instances_.find(list, key);
  if (instance != nullptr) return *instance;
  return instances_.make(list, key, plan_->schedule(group, key.ordinal), group, member);
}

void SiteReplay::begin_phase(CollectiveInstance& instance, std::uint32_t slot, Instant now) {
  RankState& rank = ranks_[slot];
  const collective::Schedule& schedule = *instance.schedule;
  const collective::Phase& phase = schedule.phases_of(instance.member)[instance.phase];
  instance.phase_start = now;
  for (std::uint32_t i = 0; i < phase.message_count; ++i) {
    const std::uint32_t index = phase.first_message + i;
    const collective::Message& message = schedule.messages()[index];
    const std::uint32_t peer = plan_->graph().groups[instance.group].ranks[message.to];
    if (!is_here(peer)) {
      const std::uint64_t number = instance.key.repetition * std::uint64_t{schedule.messages().size()} + index;
      const std::uint32_t node = plan_->call_node(instance.group, instance.member, instance.key.ordinal);
      const std::uint64_t id = plan_->message_ids().id_of({instance.key.step, node, number});
      fabric_->send({rank.rank, peer, message.bytes, id}, now);
      continue;
    }
    if (free_messages_.empty()) {
      free_messages_.push_back(static_cast<std::uint32_t>(local_messages_.size()));
      local_messages_.emplace_back();
    }
    const std::uint32_t at = free_messages_.back();
    free_messages_.pop_back();
    local_messages_[at] = {instance.group, index, instance.key, now};
    wake(send_locally(rank, peer, message.bytes, now), Event::local_message, at);
  }
  if (!phase.is_joint) return;
  const auto& sites = plan_->group(instance.group).placement.sites;
  const auto here =
      std::find_if(sites.begin(), sites.end(), [&](const auto& members) { return members.site == site_; });
  if (++arrived_[instance.group] < here->count()) return;
  arrived_[instance.group] = 0;
  work_start_[instance.group] = now;
  wake(now + phase.joint_work, Event::joint_end, instance.group);
}

void SiteReplay::settle(CollectiveInstance& instance, std::uint32_t phase, Instant now) {
  assert(instance.pending[phase] > 0);
  --instance.pending[phase];
  if (instance.is_entered && phase == instance.phase) advance(&instance, now);
}

// Passes every phase that has nothing left to wait for; at the end the next repetition, or the node has ended.
void SiteReplay::advance(CollectiveInstance* instance, Instant now) {
  const std::uint32_t group = instance->group;
  const std::uint32_t member = instance->member;
  const std::uint32_t slot = slot_of(group, member);
  const std::uint32_t node = plan_->call_node(group, member, instance->key.ordinal);
  while (instance->pending[instance->phase] == 0) {
    if (++instance->phase == instance->pending.size()) {
      CollectiveKey key = instance->key;
      instances_.release(list_of(group, member), *instance);
      if (++key.repetition == plan_->node(ranks_[slot].rank, node).repeat) return complete(slot, node, now);
      instance = &obtain(group, member, key);
      instance->is_entered = true;
    }
    begin_phase(*instance, slot, now);
  }
}

void SiteReplay::end_joint_work(std::uint32_t group, Instant now) {
  const auto& sites = plan_->group(group).placement.sites;
  const auto here =
      std::find_if(sites.begin(), sites.end(), [&](const auto& members) { return members.site == site_; });
  const Instant start = work_start_[group];
  for (const std::uint32_t member : here->members) {
    // Every member of the site is in this phase: none can have left it before the joint work ended.
    CollectiveInstance* instance = instances_.entered(list_of(group, member));
    assert(instance != nullptr);
    note_collective(*instance, {start, now});
    settle(*instance, instance->phase, now);
  }
}

void SiteReplay::deliver_collective(std::uint32_t group, std::uint32_t index, const CollectiveKey& key, Instant posted,
                                    Instant now) {
  const collective::Message& message = plan_->schedule(group, key.ordinal).messages()[index];
  CollectiveInstance& instance = obtain(group, message.to, key);
  if (instance.is_entered && instance.phase == message.to_phase) {
    note_collective(instance, {std::max(instance.phase_start, posted), now});
  }
  settle(instance, message.to_phase, now);
}

void SiteReplay::acknowledge_collective(std::uint32_t group, std::uint32_t index, const CollectiveKey& key,
                                        Instant now) {
  const collective::Message& message = plan_->schedule(group, key.ordinal).messages()[index];
  if (!message.is_awaited) return;
  CollectiveInstance* instance = instances_.find(list_of(group, message.from), key);
  assert(instance != nullptr && instance->is_entered && instance->phase == message.from_phase);
  note_collective(*instance, {instance->phase_start, now});
  settle(*instance, message.from_phase, now);
}

void SiteReplay::note_collective(const CollectiveInstance& instance, Span span) {
  const std::uint32_t node = plan_->call_node(instance.group, instance.member, instance.key.ordinal);
  note_communication(slot_of(instance.group, instance.member), node, span);
}

}  // namespace farlink::replay
