// SPDX-License-Identifier: Apache-2.0
// One rank's Kineto profile (Chrome trace), read: its communication calls, what was launched on its GPU, and where its
// host waited for that.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "control/trace/byte_source.hpp"
#include "control/trace/param_rank.hpp"
#include "control/trace/process_groups.hpp"
#include "control/trace/torch_call.hpp"

namespace farlink::trace {

// Times are nanoseconds of the profile's clock.
struct KinetoRank {
  struct Call {
    std::uint64_t start = 0;
    bool has_name = false;  // PyTorch 2.3 and later say what is called
    TorchCall call;
  };
  struct Launch {
    std::uint64_t start = 0;  // by the host
    std::uint64_t gpu = 0;    // how long the GPU was busy for it; communication is not among them
  };
  struct Wait {
    std::uint64_t start = 0, end = 0;  // of the host, for the GPU
  };

  std::optional<std::uint32_t> number;   // distributedInfo
  std::optional<std::uint64_t> process;  // the one that made the calls
  std::optional<std::uint64_t> world;
  GroupDefinitions groups;
  // In order of time.
  std::vector<Call> calls;
  std::vector<Launch> launches;
  std::vector<Wait> waits;
  std::vector<std::uint64_t> optimizer_steps;
  std::uint64_t begin = 0, end = 0;  // of the profiler's steps, or of all events
  std::uint32_t profiler_steps = 0;
  std::uint64_t communication = 0;  // of the GPU, waits for other ranks included
  std::uint64_t bytes = 0;          // of memory that all this occupies
};

// Reads `source`, gzip or not, to its end. Records of calls are events, from 0. Throws TraceError that names the event,
// not the file. `memory_left`: what the rank may occupy.
KinetoRank read_kineto(ByteSource& source, units::Bytes memory_left);

// The calls of a profile that names them. Throws TraceError for one that does not.
ParamRank calls_of(const KinetoRank& profile, std::uint32_t number, units::Bytes memory_left);

// Sets rank.times from the profile: the calls of both are the same ones, in order of time. Throws TraceError when they
// are not: other numbers of them, or, as far as the profile says it, other names or sizes.
void join_times(ParamRank& rank, const KinetoRank& profile);

}  // namespace farlink::trace
