// SPDX-License-Identifier: Apache-2.0
// The communication calls of one rank as PyTorch records them, put together: which wait is for which call, and what
// goes on beside what follows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/trace/param_rank.hpp"

namespace farlink::trace {

// A call is waited for by the wait that names its sequence number. One that no wait names is
// - of gradients (all-reduce, reduce-scatter), and an optimizer step follows: that step waits, since
// DistributedDataParallel
//   waits in C++, which is not recorded;
// - in a job that waits for calls of the step before (its own go on into the next): nobody waits in this step;
// - else synchronous: what follows waits.
class RecordedCalls {
 public:
  RecordedCalls(std::uint32_t number, units::Bytes memory_left) : memory_left_{memory_left.count()} {
    rank_.number = number;
  }

  // The group of the calls that follow by its name; ranks: none if they are not described.
  std::uint32_t group(const std::string& name, const std::optional<std::vector<std::uint32_t>>& ranks);
  // Throws TraceError when the rank outgrows its memory.
  void call(ParamEntry entry, std::optional<std::int64_t> sequence);
  // Without a sequence number: for the oldest call that nobody has waited for.
  void wait(std::uint64_t record, std::optional<std::int64_t> sequence, std::optional<std::uint64_t> start);
  void optimizer_step(std::optional<std::uint64_t> start);
  ParamRank finish();

 private:
  void charge(std::uint64_t bytes);
  std::vector<ParamEntry> with_optimizer_waits();

  struct Step {
    std::uint32_t before = 0;  // entry
    std::optional<std::uint64_t> start;
  };
  std::uint64_t memory_left_;
  ParamRank rank_;
  std::map<std::string, std::uint32_t, std::less<>> group_index_;
  std::map<std::int64_t, std::uint32_t> by_sequence_;  // the call that had it last
  std::uint32_t oldest_ = 0;                           // no call before it is waited for by a wait without a number
  std::vector<Step> steps_;                            // of the optimizer
};

}  // namespace farlink::trace
