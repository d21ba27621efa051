// SPDX-License-Identifier: Apache-2.0
#include "control/trace/timed_program.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "control/trace/call_nodes.hpp"
#include "control/trace/error.hpp"
#include "control/trace/pending_nodes.hpp"

namespace farlink::trace {
namespace {

using units::Duration;

class Writer {
 public:
  Writer(const ParamRank& source, const ParamGroups& groups, units::Bytes limit, AllToAllParts& parts)
      : source_{source}, calls_{source, groups, limit, parts, program_} {}

  Program write() {
    auto span = source_.times->begin();
    for (std::uint32_t i = 0; i <= source_.entries.size(); ++i) {
      for (; span != source_.times->end() && span->before <= i; ++span) work(*span);
      if (i == source_.entries.size()) break;
      record_ = source_.entries[i].record;
      try {
        for (const std::uint32_t node : calls_.take(i, launched_after(host_.nodes()))) stream_.join(node);
      } catch (const TraceError& error) {
        throw TraceError(calls_.name_of(i) + error.what());
      }
    }
    return std::move(program_);
  }

 private:
  void work(const WorkSpan& span) {
    // Launched while the host goes through the span: on the GPU it may begin with it.
    const std::vector<std::uint32_t> before{host_.nodes().begin(), host_.nodes().end()};
    if (span.gpu > 0) stream_.reset({compute(span.gpu, false, launched_after(before))});
    if (span.host > 0) host_.reset({compute(span.host, true, before)});
    if (!span.waits) return;
    for (const std::uint32_t node : std::vector<std::uint32_t>{stream_.nodes().begin(), stream_.nodes().end()})
      host_.join(node);
  }

  // What the GPU waits for before something that the host launches behind `host`: that, and what its stream waits for.
  std::vector<std::uint32_t> launched_after(std::span<const std::uint32_t> host) const {
    std::vector<std::uint32_t> all;
    std::set_union(host.begin(), host.end(), stream_.nodes().begin(), stream_.nodes().end(), std::back_inserter(all));
    return all;
  }

  std::uint32_t compute(std::uint64_t nanoseconds, bool on_host, const std::vector<std::uint32_t>& after) {
    Node node;
    node.record = record_;
    node.duration = Duration::nanoseconds(static_cast<std::int64_t>(nanoseconds));
    node.on_host = on_host;
    return calls_.add(node, after);
  }

  const ParamRank& source_;
  Program program_;
  CallNodes calls_;
  std::uint64_t record_ = 0;  // of the call before
  PendingNodes host_{program_}, stream_{program_};
};

}  // namespace

Program timed_program(const ParamRank& rank, const ParamGroups& groups, units::Bytes limit, AllToAllParts& parts) {
  return Writer{rank, groups, limit, parts}.write();
}

}  // namespace farlink::trace
