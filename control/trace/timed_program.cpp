// SPDX-License-Identifier: Apache-2.0
#include "control/trace/timed_program.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "control/trace/error.hpp"
#include "control/trace/param_node.hpp"
#include "control/trace/pending_nodes.hpp"

namespace farlink::trace {
namespace {

using units::Duration;

class Writer {
 public:
  Writer(const ParamRank& source, const ParamGroups& groups, units::Bytes limit, AllToAllParts& parts)
      : source_{source}, groups_{groups}, limit_{limit}, parts_{parts}, nodes_(source.entries.size()) {}

  Program write() {
    auto span = source_.times->begin();
    for (std::uint32_t i = 0; i <= source_.entries.size(); ++i) {
      for (; span != source_.times->end() && span->before <= i; ++span) work(*span);
      if (i == source_.entries.size()) break;
      try {
        entry(i);
      } catch (const TraceError& error) {
        throw TraceError(std::string{source_.records} + " " + std::to_string(source_.entries[i].record) + ": " +
                         error.what());
      }
    }
    return std::move(program_);
  }

 private:
  void work(const WorkSpan& span) {
    // Launched while the host goes through the span: on the GPU it may begin with it.
    const std::vector<std::uint32_t> before{host_.nodes().begin(), host_.nodes().end()};
    if (span.gpu > 0) stream_.reset({compute(span.gpu, false, merged(before))});
    if (span.host > 0) host_.reset({compute(span.host, true, before)});
    if (!span.waits) return;
    for (const std::uint32_t node : std::vector<std::uint32_t>{stream_.nodes().begin(), stream_.nodes().end()})
      host_.join(node);
  }

  void entry(std::uint32_t i) {
    const ParamEntry& entry = source_.entries[i];
    record_ = entry.record;
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
    const std::uint32_t number = add(node, merged({host_.nodes().begin(), host_.nodes().end()}));
    nodes_[i] = {number};
    if (entry.is_batched)
      batch_.push_back(number);
    else if (!entry.is_asynchronous)
      wait_for(nodes_[i]);
  }

  void wait_for(const std::vector<std::uint32_t>& nodes) {
    for (const std::uint32_t node : nodes) stream_.join(node);
  }

  // With what the stream waits for.
  std::vector<std::uint32_t> merged(const std::vector<std::uint32_t>& host) const {
    std::vector<std::uint32_t> all;
    std::set_union(host.begin(), host.end(), stream_.nodes().begin(), stream_.nodes().end(), std::back_inserter(all));
    return all;
  }

  std::uint32_t compute(std::uint64_t nanoseconds, bool on_host, const std::vector<std::uint32_t>& after) {
    Node node;
    node.record = record_;
    node.duration = Duration::nanoseconds(static_cast<std::int64_t>(nanoseconds));
    node.on_host = on_host;
    return add(node, after);
  }

  std::uint32_t add(const Node& node, const std::vector<std::uint32_t>& after) {
    const std::uint64_t used = (program_.nodes.size() + 1) * sizeof(Node) +
                               (program_.dependencies.size() + after.size()) * sizeof(std::uint32_t);
    if (used > limit_.count()) throw TraceError("the trace does not fit the memory limit of the importer");
    return program_.add(node, after);
  }

  const ParamRank& source_;
  const ParamGroups& groups_;
  units::Bytes limit_;
  AllToAllParts& parts_;
  Program program_;
  std::uint64_t record_ = 0;                       // of the call before
  std::vector<std::vector<std::uint32_t>> nodes_;  // by entry
  PendingNodes host_{program_}, stream_{program_};
  std::vector<std::uint32_t> batch_;  // messages of the next batch
};

}  // namespace

Program timed_program(const ParamRank& rank, const ParamGroups& groups, units::Bytes limit, AllToAllParts& parts) {
  return Writer{rank, groups, limit, parts}.write();
}

}  // namespace farlink::trace
