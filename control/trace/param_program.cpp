// SPDX-License-Identifier: Apache-2.0
#include "control/trace/param_program.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "control/trace/error.hpp"
#include "control/trace/param_node.hpp"
#include "control/trace/pending_nodes.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;

class Writer {
 public:
  Writer(const ParamRank& source, const ParamGroups& groups, const ParamOptions& options, AllToAllParts& parts)
      : source_{source}, groups_{groups}, options_{options}, parts_{parts}, nodes_(source.entries.size()) {}

  Program write() {
    const auto& entries = source_.entries;
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      const std::vector<std::uint32_t> before{pending_.nodes().begin(), pending_.nodes().end()};
      try {
        entry(i);
        if (options_.with_times && i + 1 < entries.size()) host_time(entries[i], entries[i + 1], before);
      } catch (const TraceError& error) {
        throw TraceError(std::string{source_.records} + " " + std::to_string(entries[i].record) + ": " + error.what());
      }
    }
    return std::move(rank_);
  }

 private:
  void entry(std::uint32_t i) {
    const ParamEntry& entry = source_.entries[i];
    called_.clear();
    switch (entry.kind) {
      case ParamKind::compute:
        return;
      case ParamKind::wait:
        if (entry.target != i) wait_for(nodes_[entry.target]);
        return;
      case ParamKind::batch:
        nodes_[i] = std::exchange(batch_, {});
        if (!entry.is_asynchronous) wait_for(nodes_[i]);
        return;
      default:
        break;
    }
    const Node node = param_node(source_, entry, groups_, parts_);
    const std::uint32_t number = add(node, pending_.nodes());
    nodes_[i] = {number};
    if (entry.is_batched) {
      batch_.push_back(number);
    } else if (!entry.is_asynchronous) {
      pending_.reset({number});
      called_ = {number};
    }
  }

  std::uint32_t add(const Node& node, std::span<const std::uint32_t> after) {
    const std::uint64_t used =
        (rank_.nodes.size() + 1) * sizeof(Node) + (rank_.dependencies.size() + after.size()) * sizeof(std::uint32_t);
    if (used > options_.limit.count()) throw TraceError("the trace does not fit the memory limit of the importer");
    return rank_.add(node, after);
  }

  void wait_for(const std::vector<std::uint32_t>& nodes) {
    for (const std::uint32_t node : nodes) pending_.join(node);
    called_ = nodes;
  }

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
    const std::uint32_t host = add(node, before);
    pending_.reset(called_);
    pending_.join(host);
  }

  const ParamRank& source_;
  const ParamGroups& groups_;
  const ParamOptions& options_;
  AllToAllParts& parts_;
  Program rank_;
  std::vector<std::vector<std::uint32_t>> nodes_;  // by entry
  PendingNodes pending_{rank_};                    // what the next call waits for
  std::vector<std::uint32_t> called_;              // of those, what the call at hand added
  std::vector<std::uint32_t> batch_;               // messages of the next batch
};

}  // namespace

Program param_program(const ParamRank& rank, const ParamGroups& groups, const ParamOptions& options,
                      AllToAllParts& parts) {
  return Writer{rank, groups, options, parts}.write();
}

}  // namespace farlink::trace
