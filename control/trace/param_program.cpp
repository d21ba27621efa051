// SPDX-License-Identifier: Apache-2.0
#include "control/trace/param_program.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "control/trace/error.hpp"
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
        throw TraceError("element " + std::to_string(entries[i].record) + ": " + error.what());
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
    const Node node = entry.kind == ParamKind::collective ? collective(entry) : message(entry);
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

  Node collective(const ParamEntry& entry) {
    const ParamTarget group = groups_(entry);
    Node node;
    node.record = entry.record;
    node.kind = NodeKind::collective;
    node.collective = entry.collective;
    node.group = group.number;
    node.bytes = Bytes{entry.in};
    if (entry.collective == Collective::scatter) node.bytes = Bytes{whole(entry.out, group.size)};
    if (entry.collective == Collective::broadcast) node.bytes = Bytes{std::max(entry.in, entry.out)};
    if (entry.collective == Collective::all_to_all && !entry.sends.empty()) {
      if (entry.sends.size() != group.size || entry.receives.size() != group.size)
        throw TraceError("in_split has " + std::to_string(entry.sends.size()) + " parts and out_split " +
                         std::to_string(entry.receives.size()) + ", but the group has " + std::to_string(group.size) +
                         " ranks");
      parts_.add(source_.number, entry.record, entry.sends, entry.receives);
    }
    return node;
  }

  static std::uint64_t whole(std::uint64_t part, std::uint64_t count) {
    if (part > largest_message / std::max<std::uint64_t>(count, 1)) throw TraceError("more than a message can be");
    return part * count;
  }

  static Node message(const ParamEntry& entry) {
    Node node;
    node.record = entry.record;
    node.kind = entry.kind == ParamKind::send ? NodeKind::send : NodeKind::receive;
    node.bytes = Bytes{entry.kind == ParamKind::send ? entry.in : entry.out};
    node.peer = entry.peer;
    return node;
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
