// SPDX-License-Identifier: Apache-2.0
// What a Kineto profile says of calls, and of the time between them.
#include <algorithm>
#include <string>

#include "control/trace/error.hpp"
#include "control/trace/kineto_rank.hpp"
#include "control/trace/recorded_calls.hpp"
#include "control/trace/torch_names.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

// The spans between calls and waits of the host, in order of time.
class Spans {
 public:
  explicit Spans(const KinetoRank& profile) : profile_{profile}, now_{profile.begin} {
    launch_ = std::lower_bound(profile.launches.begin(), profile.launches.end(), profile.begin,
                               [](const KinetoRank::Launch& launch, std::uint64_t at) { return launch.start < at; });
    while (wait_ != profile.waits.end() && wait_->end <= profile.begin) ++wait_;
  }

  // Up to the call of an entry.
  void until(std::uint32_t entry, std::uint64_t at) {
    for (; wait_ != profile_.waits.end() && wait_->start < at; ++wait_) {
      close(entry, wait_->start, true);
      now_ = std::max(now_, std::min(wait_->end, profile_.end));
    }
    close(entry, at, false);
  }
  std::vector<WorkSpan> finish(std::uint32_t entries) {
    until(entries, profile_.end);
    return std::move(spans_);
  }

 private:
  void close(std::uint32_t entry, std::uint64_t at, bool waits) {
    WorkSpan span{.before = entry, .host = at > now_ ? at - now_ : 0, .gpu = 0, .waits = waits};
    for (; launch_ != profile_.launches.end() && launch_->start < at; ++launch_) span.gpu += launch_->gpu;
    if (span.host > 0 || span.gpu > 0 || waits) spans_.push_back(span);
    now_ = std::max(now_, at);
  }

  const KinetoRank& profile_;
  std::uint64_t now_;
  std::vector<KinetoRank::Launch>::const_iterator launch_;
  std::vector<KinetoRank::Wait>::const_iterator wait_ = profile_.waits.begin();
  std::vector<WorkSpan> spans_;
};

std::string kind_of(bool is_wait) { return is_wait ? "a wait" : "no wait"; }

// What a call that the profile names is other than in the host trace; empty when it is the same.
std::string difference(const ParamEntry& entry, const TorchCall& call) {
  const bool is_wait = entry.kind == ParamKind::wait;
  if ((call.name == "wait") != is_wait)
    return kind_of(is_wait) + " in the host trace and " + kind_of(!is_wait) + " in the profile";
  if (is_wait) return {};
  const std::string name = letters_of(call.name);
  const bool is_same = entry.kind == ParamKind::collective ? torch_collective(name) == entry.collective
                                                           : name == (entry.kind == ParamKind::send ? "send" : "recv");
  if (!is_same) return "another call than '" + call.name.substr(0, 80) + "', which the profile has in its place";
  const std::uint64_t element = torch_element_size(call.type).value_or(0);
  if (element == 0 || call.in > largest_message / element || call.in * element == entry.in) return {};
  return "of " + std::to_string(entry.in) + " bytes in the host trace and of " + std::to_string(call.in * element) +
         " in the profile";
}

}  // namespace

ParamRank calls_of(const KinetoRank& profile, std::uint32_t number, units::Bytes memory_left) {
  RecordedCalls calls{number, memory_left};
  auto step = profile.optimizer_steps.begin();
  for (const KinetoRank::Call& recorded : profile.calls) {
    const TorchCall& call = recorded.call;
    if (!recorded.has_name)
      throw TraceError(
          "event " + std::to_string(call.record) +
          ": the profile does not say what is called (Collective name and sizes, which PyTorch records from 2.3 "
          "on): give the host traces of the same run, and this as --kineto (in a scenario workload.kineto)");
    for (; step != profile.optimizer_steps.end() && *step <= recorded.start; ++step) calls.optimizer_step(*step);
    try {
      if (call.name == "wait")
        calls.wait(call.record, std::nullopt, recorded.start);
      else
        calls.call(entry_of(call, calls, profile.groups), std::nullopt);
    } catch (const TraceError& error) {
      throw TraceError("event " + std::to_string(call.record) + ": " + error.what());
    }
  }
  for (; step != profile.optimizer_steps.end(); ++step) calls.optimizer_step(*step);
  ParamRank rank = calls.finish();
  rank.records = "event";
  return rank;
}

void join_times(ParamRank& rank, const KinetoRank& profile) {
  std::vector<std::uint64_t> starts(rank.entries.size(), 0);
  std::size_t call = 0;
  for (std::size_t i = 0; i < rank.entries.size(); ++i) {
    const ParamEntry& entry = rank.entries[i];
    if (entry.optimizer > 0) continue;
    if (call == profile.calls.size()) break;
    const KinetoRank::Call& recorded = profile.calls[call++];
    const std::string other = recorded.has_name ? difference(entry, recorded.call) : std::string{};
    if (!other.empty())
      throw TraceError("call " + std::to_string(call) + " (node id " + std::to_string(entry.record) + ") is " + other +
                       ": they are not of the same run");
    starts[i] = recorded.start;
  }
  const auto count = static_cast<std::size_t>(std::count_if(
      rank.entries.begin(), rank.entries.end(), [](const ParamEntry& entry) { return entry.optimizer == 0; }));
  if (count != profile.calls.size())
    throw TraceError("the host trace has " + std::to_string(count) + " communication calls and the profile " +
                     std::to_string(profile.calls.size()) + ": they are not of the same run");
  // An optimizer step's waits are at the step, or where the profile has other steps, at the call behind.
  std::uint64_t behind = profile.end;
  for (std::size_t i = rank.entries.size(); i-- > 0;) {
    const std::uint32_t step = rank.entries[i].optimizer;
    if (step > 0) starts[i] = step <= profile.optimizer_steps.size() ? profile.optimizer_steps[step - 1] : behind;
    behind = starts[i];
  }
  Spans spans{profile};
  std::uint64_t last = profile.begin;
  for (std::uint32_t i = 0; i < rank.entries.size(); ++i) {
    last = std::max(last, std::min(starts[i], profile.end));
    spans.until(i, last);
  }
  rank.times = spans.finish(static_cast<std::uint32_t>(rank.entries.size()));
  rank.bytes += rank.times->size() * sizeof(WorkSpan);
}

}  // namespace farlink::trace
