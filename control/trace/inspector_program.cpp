// SPDX-License-Identifier: Apache-2.0
#include "control/trace/inspector_program.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <utility>

#include "control/trace/error.hpp"
#include "control/trace/pending_nodes.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

using units::Duration;

class TimedProgram {
 public:
  explicit TimedProgram(units::Bytes limit) : limit_{limit.count()} {}

  void add(const InspectorStep& step) {
    while (!running_.empty() && running_.top().first <= step.time.start) {
      pending_.join(running_.top().second);
      running_.pop();
    }
    if (running_.empty() && !rank_.nodes.empty() && step.time.start > covered_)
      compute(step.time.start - covered_, step);
    std::vector<std::uint32_t> after{pending_.nodes().begin(), pending_.nodes().end()};
    // A communicator does one after the other, also where clocks say that they overlap.
    if (step.node.kind == NodeKind::collective) {
      const auto last = last_.find(step.communicator);
      if (last != last_.end()) {
        const auto place = std::lower_bound(after.begin(), after.end(), last->second);
        if (place == after.end() || *place != last->second) after.insert(place, last->second);
      }
    }
    const std::uint32_t node = rank_.add(step.node, after);
    if (step.node.kind == NodeKind::collective) last_.insert_or_assign(step.communicator, node);
    running_.emplace(step.time.stop, node);
    covered_ = std::max(covered_, step.time.stop);
    const std::uint64_t used = rank_.nodes.size() * sizeof(Node) + rank_.dependencies.size() * sizeof(std::uint32_t);
    if (used > limit_) throw TraceError("the records do not fit the memory limit of the importer");
  }
  Program finish() { return std::move(rank_); }

 private:
  void compute(std::uint64_t micros, const InspectorStep& step) {
    if (micros > longest_nanoseconds / 1000)
      throw TraceError("record " + std::to_string(step.node.record) + ": more than 30 days after the one before");
    Node node;
    node.record = step.node.record;
    node.duration = Duration::microseconds(static_cast<std::int64_t>(micros));
    pending_.reset({rank_.add(node, pending_.nodes())});
  }

  using End = std::pair<std::uint64_t, std::uint32_t>;  // when, node

  std::uint64_t limit_;
  Program rank_;
  PendingNodes pending_{rank_};
  std::priority_queue<End, std::vector<End>, std::greater<>> running_;
  std::uint64_t covered_ = 0;                    // when all so far had ended
  std::map<std::uint32_t, std::uint32_t> last_;  // by communicator
};

}  // namespace

Program timed_program(std::vector<InspectorStep> steps, units::Bytes limit) {
  std::stable_sort(steps.begin(), steps.end(), [](const InspectorStep& a, const InspectorStep& b) {
    return std::pair{a.time.start, a.time.stop} < std::pair{b.time.start, b.time.stop};
  });
  TimedProgram program{limit};
  for (const InspectorStep& step : steps) program.add(step);
  return program.finish();
}

Program untimed_program(std::span<const InspectorStep> steps) {
  Program rank;
  std::map<std::uint32_t, std::uint32_t> last;
  for (const InspectorStep& step : steps) {
    const auto before = last.find(step.communicator);
    const std::uint32_t node =
        before == last.end() ? rank.add(step.node, {}) : rank.add(step.node, std::span{&before->second, 1});
    last.insert_or_assign(step.communicator, node);
  }
  return rank;
}

}  // namespace farlink::trace
