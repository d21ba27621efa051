// SPDX-License-Identifier: Apache-2.0
#include "control/trace/param_job.hpp"

#include <algorithm>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/rank_trace.hpp"
#include "control/trace/replicate.hpp"
#include "control/trace/timed_program.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;

constexpr const char* files_needed =
    ": a job needs the files of all its ranks, or, where they do alike, --replicate (in a scenario workload.replicate)";

bool has_root(Collective collective) {
  return collective == Collective::broadcast || collective == Collective::reduce || collective == Collective::gather ||
         collective == Collective::scatter;
}

}  // namespace

void ParamJob::add(ParamRank rank, const std::string& file) {
  memory_left_ -= std::min(memory_left_, Bytes{rank.bytes});
  const std::uint32_t number = rank.number;
  if (!ranks_.emplace(number, std::pair{std::move(rank), file}).second)
    throw TraceError("there are two files of rank " + std::to_string(number));
}

void ParamJob::say_alike() {
  graph_.notes.push_back("The one file is every rank's: all " + std::to_string(ranks_.size()) + " do the same.");
}

Graph ParamJob::finish(const std::string& note) {
  if (ranks_.empty()) throw TraceError("there is no file of a rank, such as rank-0.json");
  total_ = options_.replicate ? ranks_of_job() : static_cast<std::uint32_t>(ranks_.size());
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, entry] : ranks_) {
    if (number != numbers.size() && !options_.replicate)
      throw TraceError("the file of rank " + std::to_string(numbers.size()) +
                       " is missing: a job needs all its ranks, or, where they do alike, --replicate");
    numbers.push_back(number);
  }
  const bool with_times = std::all_of(ranks_.begin(), ranks_.end(), [](const auto& item) {
    const auto& entries = item.second.first.entries;
    return std::all_of(entries.begin(), entries.end(), [](const ParamEntry& entry) { return entry.start; });
  });
  AllToAllParts parts;
  for (const auto& [number, item] : ranks_) {
    const auto& [rank, file] = item;
    try {
      const auto target = [this, &source = rank](const ParamEntry& entry) { return target_of(source, entry); };
      graph_.ranks.push_back(rank.times ? timed_program(rank, target, memory_left_, parts)
                                        : param_program(rank, target, {with_times, memory_left_}, parts));
    } catch (const TraceError& error) {
      throw TraceError(file + ": " + error.what());
    }
    const Bytes used = memory_of(graph_.ranks[graph_.ranks.size() - 1]);
    if (used > memory_left_) throw TraceError("the trace does not fit the memory limit of the importer");
    memory_left_ -= used;
    graph_.site_of_rank.push_back(0);
    graph_.lane_of_rank.push_back(number);
  }
  const AllToAllParts::Expanded expanded = parts.expand(graph_, memory_left_);
  if (options_.replicate) replicate(graph_, numbers, total_);
  check(graph_);
  take_notes(with_times, note, expanded, take_sizes_of_sends(graph_));
  return std::move(graph_);
}

// Of a job of which some ranks were recorded.
std::uint32_t ParamJob::ranks_of_job() const {
  std::uint64_t ranks = ranks_.empty() ? 0 : std::uint64_t{ranks_.rbegin()->first} + 1;
  for (const auto& [number, item] : ranks_) {
    for (const ParamEntry& entry : item.first.entries) ranks = std::max(ranks, entry.world.value_or(0));
    for (const ParamGroup& group : item.first.groups) {
      for (const std::uint32_t rank : group.ranks.value_or(std::vector<std::uint32_t>{}))
        ranks = std::max(ranks, std::uint64_t{rank} + 1);
    }
  }
  if (ranks == ranks_.size()) ranks = std::max<std::uint64_t>(ranks, options_.ranks);
  return static_cast<std::uint32_t>(std::min(ranks, most_ranks));
}

std::vector<std::uint32_t> ParamJob::ranks_of(const ParamGroup& group) const {
  if (group.ranks) return *group.ranks;
  if (!group.name.empty() && group.name != "0")
    throw TraceError("group " + group.name.substr(0, 80) +
                     " is not described: neither its list of ranks is recorded nor its first rank and their stride");
  std::vector<std::uint32_t> all(total_);
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

ParamTarget ParamJob::target_of(const ParamRank& rank, const ParamEntry& entry) {
  const std::optional<std::uint32_t> root = has_root(entry.collective) ? entry.root : std::nullopt;
  const auto known = targets_.find({rank.number, entry.group, root});
  const ParamTarget target = known != targets_.end() ? known->second : new_target(rank.groups[entry.group], root);
  targets_.emplace(std::tuple{rank.number, entry.group, root}, target);
  if (entry.world.value_or(target.size) != target.size)
    throw TraceError("world_size is " + std::to_string(*entry.world) + ", but its group has " +
                     std::to_string(target.size) + " ranks" + (rank.groups[entry.group].ranks ? "" : files_needed));
  return target;
}

ParamTarget ParamJob::new_target(const ParamGroup& group, std::optional<std::uint32_t> root) {
  std::vector<std::uint32_t> ranks = ranks_of(group);
  for (const std::uint32_t member : ranks)
    if (member >= total_)
      throw TraceError("its group has rank " + std::to_string(member) + ", but the job only " + std::to_string(total_) +
                       files_needed);
  const auto size = static_cast<std::uint32_t>(ranks.size());
  std::string name = group.name.empty() ? "all" : group.name;
  if (root && ranks.front() != *root) {
    const auto found = std::find(ranks.begin(), ranks.end(), *root);
    if (found == ranks.end()) throw TraceError("root " + std::to_string(*root) + " is no rank of its group");
    std::rotate(ranks.begin(), found, ranks.end());
    name.append(" from ").append(std::to_string(*root));
  }
  const auto number = static_cast<std::uint32_t>(graph_.groups.size());
  const auto [found, is_new] = group_index_.try_emplace({name, ranks}, number);
  if (is_new) graph_.groups.push_back({std::move(name), std::move(ranks)});
  return {found->second, size};
}

void ParamJob::take_notes(bool with_times, const std::string& note, const AllToAllParts::Expanded& expanded,
                          std::uint64_t mismatches) {
  const auto say = [this](std::uint64_t count, const char* what) {
    if (count > 0) graph_.notes.push_back(std::to_string(count) + " " + what);
  };
  graph_.notes.emplace_back(
      !note.empty() ? note
      : with_times ? "The time from the start of a call to that of the next is the host's, beside what was called; the "
                     "trace does not say what the GPUs compute."
                   : "Not all calls say when they started, so the ranks do nothing but communicate.");
  std::uint64_t computations = 0, rows = 0, waits = 0, without_root = 0;
  for (const auto& [number, item] : ranks_) {
    computations += item.first.computations;
    rows += item.first.rows;
    waits += item.first.waits_for_none;
    without_root += static_cast<std::uint64_t>(
        std::count_if(item.first.entries.begin(), item.first.entries.end(), [](const ParamEntry& entry) {
          return entry.kind == ParamKind::collective && has_root(entry.collective) && !entry.root;
        }));
  }
  say(computations, "entries say what is computed but not how long, and take no time");
  say(rows, "lists of parts count rows of a tensor and are scaled to its size");
  say(waits, "waits name a request that no call before them has, and wait for nothing");
  say(without_root, "calls do not say their root, which is taken for the first rank of their group");
  say(mismatches, "messages are received with another size than they are sent with; the sender's counts");
  say(expanded.calls, "all-to-alls have parts that differ and are replayed as messages");
  say(expanded.mismatches,
      "of their parts are received with another size than they are sent with; the sender's counts");
}

}  // namespace farlink::trace
