// SPDX-License-Identifier: Apache-2.0
// One rank's PyTorch execution trace (host), read: its communication calls in program order.
#pragma once

#include <cstdint>

#include "control/trace/byte_source.hpp"
#include "control/trace/param_rank.hpp"

namespace farlink::trace {

// Reads `source`, gzip or not, to its end: nodes called record_param_comms, with attributes (schema 1.0.2 and later) or
// without (1.0.1), process_group:init, and Optimizer.step. Records are node ids. Throws TraceError that names the node,
// not the file. `memory_left`: what the rank may occupy.
ParamRank read_host_trace(ByteSource& source, std::uint32_t number, units::Bytes memory_left);

}  // namespace farlink::trace
