// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_goal_binary.hpp"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/goal_rank.hpp"
#include "control/trace/goal_schedule.hpp"
#include "control/trace/little_endian_reader.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;

constexpr std::uint64_t magic = 4223, magic_of_consumed = 2342;
constexpr std::uint64_t magic_bytes = 8, operation_size = 39;
constexpr std::uint32_t any = std::numeric_limits<std::uint32_t>::max();

// Who waits for an operation: a part of its rank's list of operations.
struct Followers {
  std::uint32_t first = 0, count = 0;
};
struct Operation {
  std::uint32_t waits_for = 0;  // how many
  Followers of_end, of_start;
};

// One rank's part of the file.
class RankRegion {
 public:
  RankRegion(LittleEndianReader& reader, GoalSchedule& schedule) : reader_{reader}, schedule_{schedule} {}

  // `size`: of the part in bytes.
  GoalRank read(std::uint64_t size) {
    const std::uint64_t counts = 2 * sizeof(std::uint32_t);
    if (size < counts) throw TraceError("its part of the file is too short");
    const auto operations = reader_.next<std::uint32_t>(), roots = reader_.next<std::uint32_t>();
    const std::uint64_t before_followers = counts + std::uint64_t{roots} * 4 + operations * operation_size;
    if (before_followers > size || (size - before_followers) % 4 != 0)
      throw TraceError(std::to_string(operations) + " operations, " + std::to_string(roots) +
                       " of them first, do not fit its part of the file of " + std::to_string(size) + " bytes");
    read_numbers(roots_, roots, true);
    for (number_ = 0; number_ < operations; ++number_) read_operation();
    check_places((size - before_followers) / 4);
    read_numbers(followers_, (size - before_followers) / 4, false);
    is_used_.resize(followers_.size());
    waits_for_.resize(operations_.size());
    for (number_ = 0; number_ < operations; ++number_) {
      follow(operations_[number_].of_end, false);
      follow(operations_[number_].of_start, true);
    }
    check_counts();
    return std::move(rank_);
  }
  // Where it is, for messages.
  std::string place() const { return number_ < operations_.size() ? ", operation " + std::to_string(number_) : ""; }

 private:
  // Memory grows with what was read, not with what is announced.
  void read_numbers(std::vector<std::uint32_t>& into, std::uint64_t count, bool is_ascending) {
    for (std::uint64_t i = 0; i < count; ++i) {
      schedule_.charge(2 * sizeof(std::uint32_t));
      const auto value = reader_.next<std::uint32_t>();
      if (is_ascending && i > 0 && value <= into.back())
        throw TraceError("its list of first operations is not in order");
      into.push_back(value);
    }
  }

  // The list of what waits, which comes next, is as long as its parts together.
  void check_places(std::uint64_t listed) const {
    std::uint64_t all = 0;
    for (const Operation& operation : operations_)
      all += std::uint64_t{operation.of_end.count} + operation.of_start.count;
    if (all != listed)
      throw TraceError("its operations have " + std::to_string(all) +
                       " that wait for them, and the list of those is of " + std::to_string(listed));
  }

  void read_operation() {
    schedule_.charge(GoalSchedule::operation_bytes + sizeof(Operation) + sizeof(std::uint32_t));
    Operation& operation = operations_.emplace_back();
    operation.waits_for = reader_.next<std::uint32_t>();
    const auto type = reader_.next<std::uint8_t>();
    const auto peer = reader_.next<std::uint32_t>();
    const auto size = reader_.next<std::uint64_t>();
    const auto tag = reader_.next<std::uint32_t>();
    const auto cpu = reader_.next<std::uint8_t>(), nic = reader_.next<std::uint8_t>();
    for (Followers* followers : {&operation.of_end, &operation.of_start}) {
      followers->count = reader_.next<std::uint32_t>();
      followers->first = reader_.next<std::uint32_t>();
    }
    Node node;
    node.record = number_;
    if (type == 1 || type == 2) {
      node.kind = type == 1 ? NodeKind::send : NodeKind::receive;
      if (peer == any) throw TraceError(std::string{any_source});
      if (tag == any) throw TraceError(std::string{any_tag});
      if (size > largest_message) throw TraceError("a message of " + std::to_string(size) + " bytes");
      node.bytes = Bytes{size};
      node.peer = peer;
      node.tag = tag;
    } else if (type == 3) {
      if (size > longest_nanoseconds) throw TraceError("a calc of " + std::to_string(size) + " ns");
      node.duration = Duration::nanoseconds(static_cast<std::int64_t>(size));
    } else {
      throw TraceError("type " + std::to_string(type) + " is none of send (1), recv (2), calc (3)");
    }
    schedule_.use_cpu(node, cpu);
    schedule_.use_nic(nic);
    rank_.add(node, {});
  }

  void follow(const Followers& followers, bool is_start) {
    const std::uint64_t end = std::uint64_t{followers.first} + followers.count;
    if (followers.count == 0) return;  // its first is not defined
    if (end > followers_.size())
      throw TraceError("what waits for it stands at " + std::to_string(followers.first) + " to " + std::to_string(end) +
                       " of a list of " + std::to_string(followers_.size()));
    for (std::uint64_t i = followers.first; i < end; ++i) {
      if (is_used_[i]) throw TraceError("what waits for it is said of another operation, too");
      is_used_[i] = true;
      const std::uint32_t after = followers_[i];
      if (after >= operations_.size())
        throw TraceError("operation " + std::to_string(after) + " waits for it, and there are " +
                         std::to_string(operations_.size()));
      schedule_.charge(GoalSchedule::requirement_bytes);
      ++waits_for_[after];
      if (is_start)
        rank_.require_start(after, static_cast<std::uint32_t>(number_));
      else
        rank_.require(after, static_cast<std::uint32_t>(number_));
    }
  }

  // What the file says twice has to agree, or it is damaged or was counted down by a simulator.
  void check_counts() {
    std::uint64_t roots = 0;
    for (number_ = 0; number_ < operations_.size(); ++number_) {
      if (operations_[number_].waits_for != waits_for_[number_])
        throw TraceError("it waits for " + std::to_string(operations_[number_].waits_for) + " others, and " +
                         std::to_string(waits_for_[number_]) + " are said");
      roots += waits_for_[number_] == 0 ? 1U : 0U;
    }
    for (const std::uint32_t root : roots_)
      if (root >= operations_.size() || waits_for_[root] != 0)
        throw TraceError("operation " + std::to_string(root) + " is said to be one of the first, and is none");
    if (roots_.size() != roots) throw TraceError("its list of first operations is not complete");
  }

  LittleEndianReader& reader_;
  GoalSchedule& schedule_;
  GoalRank rank_;
  std::uint64_t number_ = 0;  // of the operation at hand
  std::vector<Operation> operations_;
  std::vector<std::uint32_t> roots_, followers_;
  std::vector<std::uint32_t> waits_for_;  // by operation
  std::vector<bool> is_used_;             // by place in followers_
};

void read_rank_region(LittleEndianReader& reader, GoalSchedule& schedule, std::uint64_t begin, std::uint64_t end) {
  const std::string rank = "rank " + std::to_string(schedule.ranks());
  const std::uint64_t position = reader.position() - magic_bytes;
  if (begin != position || end < begin)
    throw TraceError(rank + ": its part of the file is " + std::to_string(begin) + " to " + std::to_string(end) +
                     " where " + std::to_string(position) + " comes next; ranks stand one behind the other");
  RankRegion region{reader, schedule};
  try {
    GoalRank read = region.read(end - begin);
    schedule.add(read);
  } catch (const TraceError& error) {
    throw TraceError(rank + region.place() + ": " + error.what());
  }
}

Graph read_schedule(LittleEndianReader& reader, const ImportOptions& options) {
  const auto first = reader.next<std::uint64_t>();
  if (first == magic_of_consumed)
    throw TraceError("a simulator has run this schedule and counted it down; make it again with txt2bin");
  if (first != magic) throw TraceError("this is no binary GOAL schedule");
  const auto ranks = reader.next<std::uint32_t>();
  if (ranks == 0 || ranks > most_ranks) throw TraceError(std::to_string(ranks) + " ranks; allowed is 1 to 16777216");
  reader.next<std::uint16_t>();  // most CPUs and NICs of a rank: its operations say it
  GoalSchedule schedule{options.memory_limit};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> regions;
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    schedule.charge(2 * sizeof(regions.front()) + sizeof(Program));
    const auto begin = reader.next<std::uint64_t>();
    regions.emplace_back(begin, reader.next<std::uint64_t>());
  }
  for (const auto& [begin, end] : regions) read_rank_region(reader, schedule, begin, end);
  if (!reader.is_at_end()) throw TraceError("there is something behind the last rank");
  return schedule.finish();
}

}  // namespace

bool is_goal_binary(const Specimen& specimen) {
  if (specimen.names.size() != 1 || specimen.head.size() < magic_bytes) return false;
  const std::string_view begin = std::string_view{specimen.head}.substr(0, magic_bytes);
  MemorySource source{{reinterpret_cast<const std::uint8_t*>(begin.data()), begin.size()}};
  const auto first = LittleEndianReader{source}.next<std::uint64_t>();
  return first == magic || first == magic_of_consumed;
}

Graph import_goal_binary(ByteSource& source, const std::string& name, const ImportOptions& options) {
  try {
    GunzipSource content{source};
    LittleEndianReader reader{content};
    Graph graph = read_schedule(reader, options);
    check(graph);  // says where itself when the graph has its source
    graph.source = name;
    return graph;
  } catch (const TraceError& error) {
    throw TraceError(name + ": " + error.what());
  }
}

}  // namespace farlink::trace
