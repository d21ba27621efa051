// SPDX-License-Identifier: Apache-2.0
// One rank's PARAM comms trace, read: its calls in program order, with groups still by name.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/trace/byte_source.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"

namespace farlink::trace {

enum class ParamKind : std::uint8_t { compute, collective, send, receive, wait, batch };

struct ParamEntry {
  ParamKind kind = ParamKind::compute;
  Collective collective = Collective::all_reduce;
  bool is_asynchronous = false;        // goes on beside what follows, until a wait that names it
  bool is_batched = false;             // a message of the next batch
  std::uint64_t in = 0, out = 0;       // bytes
  std::uint64_t record = 0;            // element of the list, from 0
  std::optional<std::uint64_t> start;  // nanoseconds; when the host made the call
  std::optional<std::uint64_t> world;  // ranks of its group
  std::optional<std::uint32_t> root;   // a rank of the job
  std::uint32_t peer = 0;              // of a message
  std::uint32_t target = 0;            // of a wait: index of what it waits for; its own: of nothing that is there
  std::uint32_t group = 0;             // index into ParamRank::groups
  std::uint32_t optimizer = 0;         // a wait that no call is: that of the so many-th optimizer step, from 1
  std::vector<std::uint64_t> sends, receives;  // bytes by member; of an all_to_allv with splits
};

struct ParamGroup {
  std::string name;                                 // pg_id; "" without
  std::optional<std::vector<std::uint32_t>> ranks;  // none: not described
};

// What the host and the GPU did between the call before and entry `before`, or the end.
struct WorkSpan {
  std::uint32_t before = 0;
  std::uint64_t host = 0, gpu = 0;  // nanoseconds; of the GPU what was launched in it, communication apart
  bool waits = false;               // the host goes on when the GPU has come so far
};

struct ParamRank {
  std::uint32_t number = 0;
  const char* records = "element";       // what ParamEntry::record counts, for messages: "element", "node id", "event"
  std::optional<std::uint64_t> process;  // the one that was recorded
  std::vector<ParamEntry> entries;
  std::vector<ParamGroup> groups;
  std::uint64_t computations = 0;              // entries that say what is computed, but not how long
  std::uint64_t rows = 0;                      // splits that count rows, not elements
  std::uint64_t waits_for_none = 0;            // waits for a request that no entry has
  std::optional<std::vector<WorkSpan>> times;  // in the order of `before`; none: not recorded
  std::uint64_t bytes = 0;                     // of memory that all this occupies
};

// Reads `source`, a JSON list, gzip or not, to its end. Throws TraceError that names the element, not the file.
// `memory_left`: what the rank may occupy.
ParamRank read_param_rank(ByteSource& source, std::uint32_t number, units::Bytes memory_left);

}  // namespace farlink::trace
