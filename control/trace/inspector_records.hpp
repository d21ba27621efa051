// SPDX-License-Identifier: Apache-2.0
// What NCCL Inspector wrote of a job: its processes, their communicators, and the operations that each completed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/json/json.hpp"
#include "control/trace/byte_source.hpp"
#include "control/trace/graph.hpp"
#include "dataplane/units/size.hpp"

namespace farlink::trace {

// Microseconds of the process's clock.
struct InspectorInterval {
  std::uint64_t start = 0, stop = 0;
};

struct InspectorOperation {
  NodeKind kind = NodeKind::collective;  // or send, receive
  Collective collective = Collective::all_reduce;
  std::uint32_t communicator = 0;
  std::uint32_t peer = 0;    // rank in the communicator; of a message
  std::uint64_t bytes = 0;   // as in Node
  std::uint64_t number = 0;  // coll_sn counts the calls of one kind in one communicator, p2p_sn its messages at one end
  std::uint64_t record = 0;  // of its file, from 0
  std::optional<InspectorInterval> kernel, call;  // on the GPU; of the host's call, which only queues it
};

struct InspectorCommunicator {
  std::string name;                                  // its own, or its id
  std::uint32_t size = 0;                            // n_ranks
  std::map<std::uint32_t, std::uint32_t> processes;  // by rank in it: those that wrote records
};

// A process in a communicator.
struct InspectorPlace {
  std::uint32_t rank = 0;
  std::vector<std::uint32_t> collectives;  // indices into its operations
};

struct InspectorProcess {
  std::string name;                                // "host, pid 17"
  std::vector<InspectorOperation> operations;      // in the order of the file
  std::map<std::uint32_t, InspectorPlace> places;  // by communicator
};

class InspectorRecords {
 public:
  explicit InspectorRecords(units::Bytes memory_limit) : memory_left_{memory_limit.count()} {}

  // Reads JSON objects, one behind the other, gzip or not, to the end. Throws TraceError that names the object.
  void read(ByteSource& source);

  const std::vector<InspectorProcess>& processes() const noexcept { return processes_; }
  const std::vector<InspectorCommunicator>& communicators() const noexcept { return communicators_; }
  units::Bytes memory_left() const noexcept { return units::Bytes{memory_left_}; }

 private:
  // Whom a record is of.
  struct Context {
    std::uint32_t process = 0, communicator = 0, ranks = 0;
  };

  void charge(std::uint64_t bytes);
  void take(const json::object& record, std::uint64_t number, std::optional<Context>& context);
  Context context_of(const json::object& header, const json::object& metadata);
  void add(const Context& context, InspectorOperation operation);

  std::uint64_t memory_left_;
  std::vector<InspectorProcess> processes_;
  std::vector<InspectorCommunicator> communicators_;
  std::map<std::pair<std::string, std::uint64_t>, std::uint32_t> process_index_;  // by host and pid
  std::map<std::string, std::uint32_t, std::less<>> communicator_index_;          // by id
};

}  // namespace farlink::trace
