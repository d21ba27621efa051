// SPDX-License-Identifier: Apache-2.0
#include "control/replay/site_replay.hpp"

#include <algorithm>
#include <functional>

#include "control/replay/expected_messages.hpp"
#include "control/trace/check.hpp"

namespace farlink::replay {

using trace::NodeKind;
using units::Instant;

SiteReplay::SiteReplay(const Plan& plan, const ComputeTimes& times, std::uint32_t site,
                       std::span<const std::uint32_t> drawn)
    : plan_{&plan}, times_{&times}, site_{site} {
  const auto ranks = plan.ranks_at(site);
  ranks_.resize(ranks.size());
  std::uint64_t states = 0;
  for (std::uint32_t slot = 0; slot < ranks.size(); ++slot) {
    ranks_[slot].rank = ranks[slot];
    ranks_[slot].first_state = states;
    ranks_[slot].record.is_drawn = std::find(drawn.begin(), drawn.end(), ranks[slot]) != drawn.end();
    states += plan.graph().ranks[ranks[slot]].nodes.size();
  }
  states_.resize(states);
  unfinished_ranks_ = ranks.size();

  const std::size_t groups = plan.graph().groups.size();
  arrived_.resize(groups);
  ordinal_.resize(groups);
  work_start_.resize(groups);
  first_list_.resize(groups);
  std::size_t lists = 0;
  for (std::uint32_t group = 0; group < groups; ++group) {
    first_list_[group] = lists;
    if (!plan.group(group).is_in_one_site) lists += plan.group(group).placement.member_count;
  }
  instances_.resize(lists);
}

void SiteReplay::wake(Instant when, Event event, std::uint64_t subject) {
  fabric_->wake(when, (subject << 3) | static_cast<std::uint64_t>(event));
}

void SiteReplay::start(fabric::SiteFabric& fabric, Instant now) {
  fabric_ = &fabric;
  expect_messages(*plan_, site_, fabric);
  for (std::uint32_t slot = 0; slot < ranks_.size(); ++slot) begin_step(slot, now);
  drain(now);
}

void SiteReplay::begin_step(std::uint32_t slot, Instant now) {
  RankState& rank = ranks_[slot];
  const auto nodes = static_cast<std::uint32_t>(plan_->graph().ranks[rank.rank].nodes.size());
  if (nodes == 0) {
    rank.record.step_ends.assign(plan_->steps(), now);
    rank.step = plan_->steps();
    --unfinished_ranks_;
    return;
  }
  rank.unfinished = nodes;
  for (std::uint32_t node = 0; node < nodes; ++node) {
    const std::uint32_t blockers = plan_->blocker_count(rank.rank, node);
    state(rank, node).waiting = blockers;
    if (blockers == 0) ready_.push_back({slot, node});
  }
}

void SiteReplay::drain(Instant now) {
  for (std::size_t i = 0; i < ready_.size(); ++i) start_node(ready_[i], now);
  ready_.clear();
  for (const auto [slot, node] : to_compute_) {
    RankState& rank = ranks_[slot];
    const bool on_host = plan_->node(rank.rank, node).on_host;
    Processor& processor = on_host ? rank.host : rank.gpu;
    if (processor.running != none) continue;
    std::pop_heap(processor.ready.begin(), processor.ready.end(), std::greater{});
    processor.running = processor.ready.back().second;
    processor.ready.pop_back();
    processor.since = now;
    const units::Duration duration = times_->of(rank.rank, rank.step, processor.running,
                                                plan_->node(rank.rank, processor.running).duration, on_host);
    wake(now + duration, on_host ? Event::host_end : Event::gpu_end, slot);
  }
  to_compute_.clear();
}

void SiteReplay::start_node(Ready ready, Instant now) {
  RankState& rank = ranks_[ready.slot];
  const trace::Node& node = plan_->node(rank.rank, ready.node);
  NodeState& of_node = state(rank, ready.node);
  of_node.since = now;
  switch (node.kind) {
    case NodeKind::compute: {
      if (node.duration == units::Duration::zero()) return complete(ready.slot, ready.node, now);
      Processor& processor = node.on_host ? rank.host : rank.gpu;
      processor.ready.emplace_back(now, ready.node);
      std::push_heap(processor.ready.begin(), processor.ready.end(), std::greater{});
      to_compute_.push_back(ready);
      return;
    }
    case NodeKind::send:
      return send(ready.slot, ready.node, now);
    case NodeKind::receive:
      if (of_node.delivered > rank.step) complete(ready.slot, ready.node, now);
      return;
    case NodeKind::collective:
      return start_collective(ready.slot, ready.node, now);
  }
}

void SiteReplay::complete(std::uint32_t slot, std::uint32_t node, Instant now) {
  RankState& rank = ranks_[slot];
  state(rank, node).waiting = done;
  nodes_done_.store(nodes_done_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  for (const std::uint32_t dependent : plan_->dependents(rank.rank, node)) {
    if (--state(rank, dependent).waiting == 0) ready_.push_back({slot, dependent});
  }
  if (--rank.unfinished > 0) return;
  rank.record.step_ends.push_back(now);
  if (++rank.step < plan_->steps())
    begin_step(slot, now);
  else
    --unfinished_ranks_;
}

void SiteReplay::end_compute(std::uint32_t slot, bool on_host, Instant now) {
  RankState& rank = ranks_[slot];
  Processor& processor = on_host ? rank.host : rank.gpu;
  const std::uint32_t node = processor.running;
  if (is_last_step(rank) && !on_host) {
    rank.record.computing.add({processor.since, now});
    if (rank.record.is_drawn) rank.record.bars.push_back({{processor.since, now}, node});
  }
  processor.running = none;
  if (!processor.ready.empty()) to_compute_.push_back({slot, processor.ready.front().second});
  complete(slot, node, now);
}

void SiteReplay::send(std::uint32_t slot, std::uint32_t node, Instant now) {
  RankState& rank = ranks_[slot];
  const trace::Node& of_rank = plan_->node(rank.rank, node);
  const std::uint32_t peer = plan_->peer_of(rank.rank, node);
  if (is_here(peer)) {
    const Instant arrival = send_locally(rank, peer, of_rank.bytes, now);
    wake(arrival, Event::local_send, (std::uint64_t{slot} << 32) | node);
    return;
  }
  const std::uint64_t id = plan_->message_ids().id_of({rank.step, node, 0});
  fabric_->send({rank.rank, peer, of_rank.bytes, id}, now);
}

Instant SiteReplay::send_locally(RankState& rank, std::uint32_t peer, units::Bytes bytes, Instant now) {
  const scenario::LocalNetwork& network = plan_->local_network(rank.rank, peer);
  const bool is_in_node = plan_->place(rank.rank).host == plan_->place(peer).host;
  Instant& egress_free = is_in_node ? rank.in_node_free : rank.fabric_free;
  egress_free = std::max(now, egress_free) + units::serialization_time(bytes, network.bandwidth);
  return egress_free + network.latency;
}

void SiteReplay::deliver(std::uint32_t slot, std::uint32_t node, Instant posted, Instant now) {
  RankState& rank = ranks_[slot];
  NodeState& receive = state(rank, node);
  const bool is_for_this_step = receive.delivered++ == rank.step;
  if (!is_for_this_step || receive.waiting != 0) return;
  note_communication(slot, node, {std::max(receive.since, posted), now});
  complete(slot, node, now);
}

void SiteReplay::on_wake(std::uint64_t cookie, Instant now) {
  const std::uint64_t subject = cookie >> 3;
  const auto index = static_cast<std::uint32_t>(subject);
  switch (static_cast<Event>(cookie & 7)) {
    case Event::gpu_end:
      end_compute(index, false, now);
      break;
    case Event::host_end:
      end_compute(index, true, now);
      break;
    case Event::group_end:
      end_group(index, now);
      break;
    case Event::joint_end:
      end_joint_work(index, now);
      break;
    case Event::local_send: {
      const auto slot = static_cast<std::uint32_t>(subject >> 32);
      const RankState& sender = ranks_[slot];
      const Instant posted = state(sender, index).since;
      const std::uint32_t peer = plan_->peer_of(sender.rank, index);
      deliver(plan_->place(peer).slot, plan_->partner(sender.rank, index), posted, now);
      if (!plan_->dependents(sender.rank, index).empty()) note_communication(slot, index, {posted, now});
      complete(slot, index, now);
      break;
    }
    case Event::local_message: {
      const LocalMessage message = local_messages_[index];
      free_messages_.push_back(index);
      deliver_collective(message.group, message.index, message.key, message.posted, now);
      acknowledge_collective(message.group, message.index, message.key, now);
      break;
    }
  }
  drain(now);
}

void SiteReplay::on_delivered(const fabric::Message& message, Instant posted, Instant now) {
  const MessageOrigin origin = plan_->message_ids().origin_of(message.id);
  const trace::Node& sender = plan_->node(message.source, origin.node);
  if (sender.kind == NodeKind::send) {
    deliver(plan_->place(message.destination).slot, plan_->partner(message.source, origin.node), posted, now);
  } else {
    const std::uint32_t ordinal = plan_->ordinal_of(message.source, origin.node);
    const std::uint32_t group = plan_->group_of(message.source, origin.node);
    const std::uint64_t messages = plan_->schedule(group, ordinal).messages().size();
    deliver_collective(group, static_cast<std::uint32_t>(origin.index % messages),
                       {origin.step, ordinal, static_cast<std::uint32_t>(origin.index / messages)}, posted, now);
  }
  drain(now);
}

void SiteReplay::on_acknowledged(const fabric::Message& message, Instant now) {
  const MessageOrigin origin = plan_->message_ids().origin_of(message.id);
  const trace::Node& sender = plan_->node(message.source, origin.node);
  if (sender.kind == NodeKind::send) {
    const std::uint32_t slot = plan_->place(message.source).slot;
    const bool is_waited_for = !plan_->dependents(message.source, origin.node).empty();
    if (is_waited_for) note_communication(slot, origin.node, {state(ranks_[slot], origin.node).since, now});
    complete(slot, origin.node, now);
  } else {
    const std::uint32_t ordinal = plan_->ordinal_of(message.source, origin.node);
    const std::uint32_t group = plan_->group_of(message.source, origin.node);
    const std::uint64_t messages = plan_->schedule(group, ordinal).messages().size();
    acknowledge_collective(group, static_cast<std::uint32_t>(origin.index % messages),
                           {origin.step, ordinal, static_cast<std::uint32_t>(origin.index / messages)}, now);
  }
  drain(now);
}

void SiteReplay::note_communication(std::uint32_t slot, std::uint32_t node, Span span) {
  RankState& rank = ranks_[slot];
  if (!is_last_step(rank) || span.end <= span.start) return;
  rank.record.communicating.add(span);
  if (!rank.record.is_drawn) return;
  auto& bars = rank.record.bars;
  if (!bars.empty() && bars.back().node == node && bars.back().span.end >= span.start) {
    bars.back().span.end = span.end;
  } else {
    bars.push_back({span, node});
  }
}

std::string SiteReplay::name_stuck(const RankState& rank) const {
  const auto nodes = static_cast<std::uint32_t>(plan_->graph().ranks[rank.rank].nodes.size());
  for (std::uint32_t i = 0; i < nodes; ++i) {
    if (states_[rank.first_state + i].waiting != 0) continue;
    const trace::Node& node = plan_->node(rank.rank, i);
    if (node.kind == NodeKind::compute) continue;
    const std::string text = trace::name_of(plan_->graph(), rank.rank, i) + ", ";
    if (node.kind == NodeKind::collective) {
      return text + "collective of group '" + plan_->graph().groups[plan_->group_of(rank.rank, i)].name + "'";
    }
    return text + (node.kind == NodeKind::send ? "send to rank " : "receive from rank ") +
           std::to_string(plan_->peer_of(rank.rank, i)) + ", tag " + std::to_string(node.tag);
  }
  return "rank " + std::to_string(rank.rank) + ", computing";
}

std::string SiteReplay::waiting_for() const {
  if (is_finished()) return "site " + plan_->sites()[site_].name + " is finished";
  constexpr std::size_t named_ranks = 3;
  std::string text = "site " + plan_->sites()[site_].name + " waits for";
  std::size_t named = 0;
  for (const RankState& rank : ranks_) {
    if (rank.step >= plan_->steps()) continue;
    if (named++ == named_ranks) break;
    text += (named == 1 ? " " : "; ") + name_stuck(rank) + " in step " + std::to_string(rank.step + 1) + " of " +
            std::to_string(plan_->steps());
  }
  if (unfinished_ranks_ > named_ranks)
    text += "; and " + std::to_string(unfinished_ranks_ - named_ranks) + " more ranks";
  return text;
}

}  // namespace farlink::replay
