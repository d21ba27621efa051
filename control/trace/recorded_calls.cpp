// SPDX-License-Identifier: Apache-2.0
#include "control/trace/recorded_calls.hpp"

#include <utility>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

bool is_call(const ParamEntry& entry) { return entry.kind != ParamKind::wait && entry.kind != ParamKind::compute; }

bool is_of_gradients(const ParamEntry& entry) {
  return entry.kind == ParamKind::collective &&
         (entry.collective == Collective::all_reduce || entry.collective == Collective::reduce_scatter);
}

}  // namespace

void RecordedCalls::charge(std::uint64_t bytes) {
  rank_.bytes += bytes;
  if (rank_.bytes > memory_left_) throw TraceError("the trace does not fit the memory limit of the importer");
}

std::uint32_t RecordedCalls::group(const std::string& name, const std::optional<std::vector<std::uint32_t>>& ranks) {
  const auto [found, is_new] = group_index_.try_emplace(name, static_cast<std::uint32_t>(rank_.groups.size()));
  if (is_new) {
    charge(sizeof(ParamGroup) + 2 * name.size() + 64 + (ranks ? ranks->size() * sizeof(std::uint32_t) : 0));
    rank_.groups.push_back({name, ranks});
  }
  return found->second;
}

void RecordedCalls::call(ParamEntry entry, std::optional<std::int64_t> sequence) {
  charge(2 * sizeof(ParamEntry) + (entry.sends.size() + entry.receives.size()) * sizeof(std::uint64_t) + sizeof(Node));
  if (sequence) {
    charge(64);
    by_sequence_.insert_or_assign(*sequence, static_cast<std::uint32_t>(rank_.entries.size()));
  }
  rank_.entries.push_back(std::move(entry));
}

void RecordedCalls::wait(std::uint64_t record, std::optional<std::int64_t> sequence,
                         std::optional<std::uint64_t> start) {
  charge(2 * sizeof(ParamEntry));
  ParamEntry entry;
  entry.kind = ParamKind::wait;
  entry.record = record;
  entry.start = start;
  entry.target = static_cast<std::uint32_t>(rank_.entries.size());
  std::optional<std::uint32_t> target;
  if (sequence) {
    if (const auto found = by_sequence_.find(*sequence); found != by_sequence_.end()) target = found->second;
  } else {
    auto& entries = rank_.entries;
    while (oldest_ < entries.size() && (!is_call(entries[oldest_]) || entries[oldest_].is_asynchronous)) ++oldest_;
    if (oldest_ < entries.size()) target = oldest_;
  }
  if (target) {
    entry.target = *target;
    rank_.entries[*target].is_asynchronous = true;
  } else {
    ++rank_.waits_for_none;
  }
  rank_.entries.push_back(std::move(entry));
}

void RecordedCalls::optimizer_step(std::optional<std::uint64_t> start) {
  charge(sizeof(Step));
  steps_.push_back({static_cast<std::uint32_t>(rank_.entries.size()), start});
}

std::vector<ParamEntry> RecordedCalls::with_optimizer_waits() {
  auto& entries = rank_.entries;
  std::vector<bool> is_awaited(entries.size(), false);
  for (const ParamEntry& entry : entries) {
    if (entry.kind == ParamKind::wait && entry.target < entries.size()) is_awaited[entry.target] = true;
  }
  std::vector<ParamEntry> result;
  std::vector<std::uint32_t> place(entries.size() + 1, 0);
  std::vector<std::uint32_t> open;  // calls, by their place in `entries`, that the next optimizer step waits for
  std::size_t step = 0;
  for (std::uint32_t i = 0; i <= entries.size(); ++i) {
    for (; step < steps_.size() && steps_[step].before == i; ++step) {
      for (const std::uint32_t call : open) {
        ParamEntry wait;
        wait.kind = ParamKind::wait;
        wait.record = entries[call].record;
        wait.start = steps_[step].start;
        wait.target = call;
        wait.optimizer = static_cast<std::uint32_t>(step + 1);
        result[place[call]].is_asynchronous = true;
        result.push_back(std::move(wait));
      }
      open.clear();
    }
    if (i == entries.size()) break;
    place[i] = static_cast<std::uint32_t>(result.size());
    ParamEntry& entry = entries[i];
    if (is_call(entry) && !is_awaited[i]) {
      if (is_of_gradients(entry)) open.push_back(i);
      if (rank_.waits_for_none > 0 && !is_of_gradients(entry)) entry.is_asynchronous = true;
    }
    result.push_back(entry);
  }
  for (std::uint32_t i = 0; i < result.size(); ++i) {
    ParamEntry& entry = result[i];
    if (entry.kind != ParamKind::wait) continue;
    // A wait for nothing that is there names itself.
    const bool is_for_none = entry.optimizer == 0 && entries[entry.target].kind == ParamKind::wait;
    entry.target = is_for_none ? i : place[entry.target];
  }
  return result;
}

ParamRank RecordedCalls::finish() {
  rank_.entries = with_optimizer_waits();
  return std::move(rank_);
}

}  // namespace farlink::trace
