// SPDX-License-Identifier: Apache-2.0
#include "control/trace/inspector_job.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "control/trace/error.hpp"
#include "control/trace/inspector_program.hpp"
#include "control/trace/rank_trace.hpp"

namespace farlink::trace {
namespace {

enum class Clock : std::uint8_t { none, call, kernel };

class Job {
 public:
  explicit Job(const InspectorRecords& records)
      : processes_{records.processes()}, communicators_{records.communicators()}, memory_left_{records.memory_left()} {}

  Graph join() {
    number_ranks();
    choose_clock();
    count_collectives();
    count_messages();
    make_groups();
    for (std::uint32_t rank = 0; rank < process_of_.size(); ++rank) {
      std::vector<InspectorStep> steps = steps_of(rank);
      graph_.ranks.push_back(clock_ == Clock::none ? untimed_program(steps)
                                                   : timed_program(std::move(steps), memory_left_));
      const units::Bytes used = memory_of(graph_.ranks[graph_.ranks.size() - 1]);
      if (used > memory_left_) throw TraceError("the records do not fit the memory limit of the importer");
      memory_left_ -= used;
      graph_.site_of_rank.push_back(0);
      graph_.lane_of_rank.push_back(rank);
    }
    take_notes();
    return std::move(graph_);
  }

 private:
  // Of a collective in its communicator.
  using Key = std::pair<Collective, std::uint64_t>;
  struct Calls {
    std::map<Key, std::uint32_t> members;  // that recorded it
    std::vector<Key> order;                // of its first member that recorded any, of those that all recorded
  };
  // Messages of one communicator from one process to another.
  using Way = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
  struct Ends {
    std::uint64_t sends = 0, receives = 0;
  };

  void number_ranks() {
    const auto all = std::find_if(communicators_.begin(), communicators_.end(), [this](const auto& communicator) {
      return communicator.size == processes_.size() && communicator.processes.size() == processes_.size();
    });
    if (all == communicators_.end())
      throw TraceError(
          "there are records of " + std::to_string(processes_.size()) +
          " processes, and no communicator of which all of them are the ranks: the order of the job's ranks "
          "is not known, or records of processes are missing; record smaller operations, too "
          "(NCCL_INSPECTOR_DUMP_MIN_SIZE_BYTES)");
    rank_of_.resize(processes_.size());
    for (const auto& [rank, process] : all->processes) {
      rank_of_[process] = rank;
      process_of_.push_back(process);
    }
  }

  const std::optional<InspectorInterval>& time_of(const InspectorOperation& operation) const {
    return clock_ == Clock::kernel ? operation.kernel : operation.call;
  }

  void choose_clock() {
    const auto all_have = [this](Clock clock) {
      clock_ = clock;
      for (const InspectorProcess& process : processes_)
        for (const InspectorOperation& operation : process.operations)
          if (!time_of(operation)) return false;
      return true;
    };
    if (!all_have(Clock::kernel) && !all_have(Clock::call)) clock_ = Clock::none;
    if (clock_ != Clock::none) return;
    for (const InspectorProcess& process : processes_)
      for (const InspectorOperation& operation : process.operations)
        if (operation.kind != NodeKind::collective)
          throw TraceError(process.name + ", record " + std::to_string(operation.record) +
                           ": messages without times: whether they come before or behind collectives is not known; "
                           "record with NCCL_INSPECTOR_DUMP_VERBOSE=1");
  }

  static Key key_of(const InspectorOperation& operation) { return {operation.collective, operation.number}; }

  // Which of them are complete, and in which order: records of one end may be written in another.
  void count_collectives() {
    calls_.resize(communicators_.size());
    for (const InspectorProcess& process : processes_)
      for (const InspectorOperation& operation : process.operations)
        if (operation.kind == NodeKind::collective) {
          Calls& calls = calls_[operation.communicator];
          ++calls.members[key_of(operation)];
        }
    for (std::uint32_t c = 0; c < communicators_.size(); ++c) {
      Calls& calls = calls_[c];
      if (calls.members.empty()) continue;
      const InspectorCommunicator& communicator = communicators_[c];
      if (communicator.processes.size() != communicator.size)
        throw TraceError("communicator " + communicator.name + " has " + std::to_string(communicator.size) +
                         " ranks and records of " + std::to_string(communicator.processes.size()) +
                         ": records of all its processes are needed");
      count_gaps(calls);
      for (const auto& [key, count] : calls.members) {
        if (count > communicator.size)
          throw TraceError("communicator " + communicator.name + ": a rank has recorded call " +
                           std::to_string(key.second) + " twice");
        incomplete_ += count < communicator.size ? 1U : 0U;
      }
      for (const InspectorOperation* operation : collectives_of(communicator.processes.begin()->second, c))
        calls.order.push_back(key_of(*operation));
    }
  }

  // Numbers between the first and the last that nobody recorded.
  void count_gaps(const Calls& calls) {
    const Key* before = nullptr;
    for (const auto& [key, count] : calls.members) {
      if (before != nullptr && before->first == key.first) missing_ += key.second - before->second - 1;
      before = &key;
    }
  }

  bool is_complete(const InspectorOperation& operation) const {
    return calls_[operation.communicator].members.at(key_of(operation)) == communicators_[operation.communicator].size;
  }

  // Complete ones of a communicator, in the order in which the process did them.
  std::vector<const InspectorOperation*> collectives_of(std::uint32_t process, std::uint32_t communicator) const {
    std::vector<const InspectorOperation*> result;
    for (const std::uint32_t index : processes_[process].places.at(communicator).collectives)
      if (is_complete(processes_[process].operations[index])) result.push_back(&processes_[process].operations[index]);
    sort(result);
    return result;
  }

  void sort(std::vector<const InspectorOperation*>& operations) const {
    if (clock_ == Clock::none) return;  // files have them in the order of their ends
    std::stable_sort(operations.begin(), operations.end(), [this](const auto* a, const auto* b) {
      return std::pair{time_of(*a)->start, time_of(*a)->stop} < std::pair{time_of(*b)->start, time_of(*b)->stop};
    });
  }

  Way way_of(std::uint32_t process, const InspectorOperation& message) const {
    const InspectorCommunicator& communicator = communicators_[message.communicator];
    const auto peer = communicator.processes.find(message.peer);
    if (peer == communicator.processes.end())
      throw TraceError(processes_[process].name + ", record " + std::to_string(message.record) +
                       ": a message with rank " + std::to_string(message.peer) + " of communicator " +
                       communicator.name + ", of which there are no records");
    return message.kind == NodeKind::send ? Way{message.communicator, process, peer->second}
                                          : Way{message.communicator, peer->second, process};
  }

  void count_messages() {
    for (std::uint32_t process = 0; process < processes_.size(); ++process)
      for (const InspectorOperation& operation : processes_[process].operations) {
        if (operation.kind == NodeKind::collective) continue;
        Ends& ends = ends_[way_of(process, operation)];
        ++(operation.kind == NodeKind::send ? ends.sends : ends.receives);
      }
    for (const auto& [way, ends] : ends_)
      if (std::get<1>(way) != std::get<2>(way))
        unmatched_ += std::max(ends.sends, ends.receives) - std::min(ends.sends, ends.receives);
  }

  void make_groups() {
    for (std::uint32_t c = 0; c < communicators_.size(); ++c) {
      group_of_.push_back(static_cast<std::uint32_t>(graph_.groups.size()));
      if (calls_[c].order.empty()) continue;
      Group group{communicators_[c].name, {}};
      for (const auto& [rank, process] : communicators_[c].processes) group.ranks.push_back(rank_of_[process]);
      graph_.groups.push_back(std::move(group));
    }
  }

  std::vector<InspectorStep> steps_of(std::uint32_t rank) {
    const std::uint32_t process = process_of_[rank];
    std::vector<InspectorStep> steps;
    for (const auto& [communicator, place] : processes_[process].places) add_collectives(process, communicator, steps);
    std::vector<const InspectorOperation*> messages;
    for (const InspectorOperation& operation : processes_[process].operations)
      if (operation.kind != NodeKind::collective) messages.push_back(&operation);
    sort(messages);
    std::map<std::pair<Way, NodeKind>, std::uint64_t> done;
    for (const InspectorOperation* message : messages) {
      const Way way = way_of(process, *message);
      const Ends& ends = ends_.at(way);
      if (std::get<1>(way) == std::get<2>(way)) continue;  // to itself: a copy
      if (done[{way, message->kind}]++ >= std::min(ends.sends, ends.receives)) continue;
      InspectorStep step = step_of(*message);
      step.node.peer = rank_of_[message->kind == NodeKind::send ? std::get<2>(way) : std::get<1>(way)];
      step.node.tag = message->communicator;
      steps.push_back(step);
    }
    return steps;
  }

  // The n-th of the communicator's order is the n-th that the process did, whatever its own clock says of neighbours.
  void add_collectives(std::uint32_t process, std::uint32_t communicator, std::vector<InspectorStep>& steps) {
    const std::vector<const InspectorOperation*> done = collectives_of(process, communicator);
    std::map<Key, const InspectorOperation*> by_key;
    for (const InspectorOperation* operation : done) by_key[key_of(*operation)] = operation;
    const std::vector<Key>& order = calls_[communicator].order;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto found = by_key.find(order[i]);
      if (found == by_key.end() || i >= done.size())
        throw TraceError(processes_[process].name + ": has not recorded call " + std::to_string(order[i].second) +
                         " of communicator " + communicators_[communicator].name + ", and another one twice");
      InspectorStep step = step_of(*found->second);
      if (clock_ != Clock::none) step.time = *time_of(*done[i]);
      step.node.group = group_of_[communicator];
      roots_ += process == process_of_.front() && has_root(step.node.collective) ? 1U : 0U;
      steps.push_back(step);
    }
  }

  InspectorStep step_of(const InspectorOperation& operation) const {
    InspectorStep step;
    step.node.kind = operation.kind;
    step.node.collective = operation.collective;
    step.node.bytes = units::Bytes{operation.bytes};
    step.node.record = operation.record;
    step.communicator = operation.communicator;
    if (clock_ != Clock::none) step.time = *time_of(operation);
    return step;
  }

  static bool has_root(Collective collective) {
    return collective == Collective::broadcast || collective == Collective::reduce ||
           collective == Collective::gather || collective == Collective::scatter;
  }

  void take_notes() {
    const auto say = [this](std::uint64_t count, const char* what) {
      if (count > 0) graph_.notes.push_back(std::to_string(count) + " " + what);
    };
    graph_.notes.emplace_back("All that was recorded is one step.");
    if (clock_ == Clock::none)
      graph_.notes.emplace_back(
          "The records have no times, so the ranks do nothing but communicate, and communicators have nothing to do "
          "with "
          "each other; record with NCCL_INSPECTOR_DUMP_VERBOSE=1.");
    else
      graph_.notes.emplace_back(
          std::string{"Time in which a rank does not communicate is compute of its GPU, by the times "
                      "of "} +
          (clock_ == Clock::kernel ? "kernels." : "calls, since those of kernels are not there."));
    say(missing_, "collectives were not recorded, such as those that are smaller than the least recorded size");
    say(incomplete_, "collectives were recorded by some of their ranks only and are left out");
    say(unmatched_, "messages were recorded at one end only and are left out");
    if (roots_ > 0)
      graph_.notes.emplace_back(
          "Records do not say the root of a broadcast or reduce; it is taken for rank 0 of its "
          "communicator.");
  }

  const std::vector<InspectorProcess>& processes_;
  const std::vector<InspectorCommunicator>& communicators_;
  units::Bytes memory_left_;
  std::vector<std::uint32_t> rank_of_, process_of_;  // by process, by rank
  Clock clock_ = Clock::none;
  std::vector<Calls> calls_;  // by communicator
  std::map<Way, Ends> ends_;
  std::vector<std::uint32_t> group_of_;  // by communicator
  std::uint64_t missing_ = 0, incomplete_ = 0, unmatched_ = 0, roots_ = 0;
  Graph graph_;
};

}  // namespace

Graph join_records(const InspectorRecords& records) {
  if (records.processes().empty()) throw TraceError("there are no records");
  return Job{records}.join();
}

}  // namespace farlink::trace
