// SPDX-License-Identifier: Apache-2.0
// Attributes that ChakraWriter adds to Chakra's own, and that the importer reads back; others pass over them.
#pragma once

namespace farlink::trace::own {

// Of the file.
inline constexpr const char* lane = "farlink_lane";
inline constexpr const char* model_flops = "farlink_model_flops";  // of one step, all ranks
inline constexpr const char* peak_flops = "farlink_peak_flops";    // of all ranks
// Of a node.
inline constexpr const char* duration = "farlink_duration_ps";  // where it is no whole number of microseconds
inline constexpr const char* phase = "farlink_phase";
inline constexpr const char* microbatch = "farlink_microbatch";

}  // namespace farlink::trace::own
