// SPDX-License-Identifier: Apache-2.0
#include "control/trace/param_program.hpp"

#include <utility>

#include "control/trace/call_nodes.hpp"
#include "control/trace/error.hpp"
#include "control/trace/pending_nodes.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

using units::Duration;

class Writer {
 public:
  Writer(const ParamRank& source, const ParamGroups& groups, const ParamOptions& options, AllToAllParts& parts)
      : entries_{source.entries},
        with_times_{options.with_times},
        calls_{source, groups, options.limit, parts, rank_} {}

  Program write() {
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      const std::vector<std::uint32_t> before{pending_.nodes().begin(), pending_.nodes().end()};
      try {
        called_ = calls_.take(i, before);
        for (const std::uint32_t node : called_) pending_.join(node);
        if (with_times_ && i + 1 < entries_.size()) host_time(entries_[i], entries_[i + 1], before);
      } catch (const TraceError& error) {
        throw TraceError(calls_.name_of(i) + error.what());
      }
    }
    return std::move(rank_);
  }

 private:
  // From this call to the next: beside what it called, which may have kept the host waiting.
  void host_time(const ParamEntry& entry, const ParamEntry& next, const std::vector<std::uint32_t>& before) {
    if (*next.start < *entry.start) throw TraceError("the call behind it started earlier: startTime_ns goes backwards");
    const std::uint64_t gap = *next.start - *entry.start;
    if (gap > longest_nanoseconds) throw TraceError("more than 30 days pass until the next call");
    if (gap == 0) return;
    Node node;
    node.record = entry.record;
    node.duration = Duration::nanoseconds(static_cast<std::int64_t>(gap));
    node.on_host = true;
    const std::uint32_t host = calls_.add(node, before);
    pending_.reset(called_);
    pending_.join(host);
  }

  const std::vector<ParamEntry>& entries_;
  bool with_times_;
  Program rank_;
  CallNodes calls_;
  PendingNodes pending_{rank_};        // what the next call waits for
  std::vector<std::uint32_t> called_;  // of those, what the call at hand added
};

}  // namespace

Program param_program(const ParamRank& rank, const ParamGroups& groups, const ParamOptions& options,
                      AllToAllParts& parts) {
  return Writer{rank, groups, options, parts}.write();
}

}  // namespace farlink::trace
