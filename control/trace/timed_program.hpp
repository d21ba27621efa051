// SPDX-License-Identifier: Apache-2.0
// What a rank's recorded calls become when it is known what host and GPU did between them.
#pragma once

#include "control/trace/all_to_all_parts.hpp"
#include "control/trace/param_program.hpp"
#include "control/trace/param_rank.hpp"

namespace farlink::trace {

// Three lines that meet: the host, which launches; the GPU's compute stream; communication. What the host launches in a
// span waits for the host to have come to it, and on the GPU for what the stream waits for; a call waits for both; a
// wait makes the stream wait for the call, and the host only where it was seen to wait for the GPU. rank.times must be
// there. Throws TraceError that names the element.
Program timed_program(const ParamRank& rank, const ParamGroups& groups, units::Bytes limit, AllToAllParts& parts);

}  // namespace farlink::trace
