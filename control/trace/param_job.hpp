// SPDX-License-Identifier: Apache-2.0
// The ranks of a job whose communication calls were recorded, joined: groups by their members, uneven all-to-alls as
// messages.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "control/trace/all_to_all_parts.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"
#include "control/trace/param_program.hpp"
#include "control/trace/param_rank.hpp"

namespace farlink::trace {

class ParamJob {
 public:
  // The options must outlive this.
  explicit ParamJob(const ImportOptions& options) : options_{options}, memory_left_{options.memory_limit} {}

  // What the next rank may occupy.
  units::Bytes memory_left() const noexcept { return memory_left_; }
  // `file`: for messages. Throws TraceError when the rank is there already.
  void add(ParamRank rank, const std::string& file);
  // One file is that of every rank.
  void say_alike();
  // `note`: what is to be said of the ranks' times; empty: by what the ranks have. The result has passed check(); its
  // source is not set. Throws TraceError with file, element and reason.
  Graph finish(const std::string& note = {});

 private:
  std::uint32_t ranks_of_job() const;
  std::vector<std::uint32_t> ranks_of(const ParamGroup& group) const;
  ParamTarget target_of(const ParamRank& rank, const ParamEntry& entry);
  ParamTarget new_target(const ParamGroup& group, std::optional<std::uint32_t> root);
  void take_notes(bool with_times, const std::string& note, const AllToAllParts::Expanded& expanded,
                  std::uint64_t mismatches);

  const ImportOptions& options_;
  units::Bytes memory_left_;
  std::uint32_t total_ = 0;                                           // ranks of the job
  std::map<std::uint32_t, std::pair<ParamRank, std::string>> ranks_;  // and its file
  std::map<std::pair<std::string, std::vector<std::uint32_t>>, std::uint32_t> group_index_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::optional<std::uint32_t>>, ParamTarget> targets_;
  Graph graph_;
};

}  // namespace farlink::trace
