// SPDX-License-Identifier: Apache-2.0
// Which ways to divide a model do not go together. One list for scenario files, which name the line, and for jobs that
// are generated without one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

struct ParallelismRefusal {
  std::string_view key;  // of parallelism
  std::string reason;    // reads on from the key
};

inline std::optional<ParallelismRefusal> refuse_context(const Training& training) {
  const std::uint32_t context = training.parallelism.context;
  const std::uint64_t sequence = training.model.sequence;
  if (context == 0) return ParallelismRefusal{"context", "must be at least 1"};
  if (sequence % context == 0) return std::nullopt;
  return ParallelismRefusal{"context", "= " + std::to_string(context) + " does not divide the sequence of " +
                                           std::to_string(sequence) + " tokens; every rank has as many of them"};
}

// The first that does not go, of those that need no more than the job to be told.
inline std::optional<ParallelismRefusal> refuse_parallelism(const Training& training) {
  if (auto refusal = refuse_context(training)) return refusal;
  return std::nullopt;
}

}  // namespace farlink::scenario
