// SPDX-License-Identifier: Apache-2.0
// Text to typed values and back. Every quantity carries its unit ("1.5ms", "400gbit", "300km", "0.1%", "64MiB"); a bare
// "0" is allowed. Decimals are exact: no floating point between text and integer. Refusals throw UnitError, whose
// message names the text, what is wrong, and the units that are allowed.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "dataplane/units/distance.hpp"
#include "dataplane/units/probability.hpp"
#include "dataplane/units/rate.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::units {

class UnitError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A number such as 300, 1.5 or 1e-3, at most one blank, and a unit. Never negative. Rounded to the nearest step of the
// type (picosecond, byte, bit per second, millimetre); what is not zero but would round to zero is refused, as is
// overflow.
Duration parse_duration(std::string_view text);        // ps ns us ms s min h
Bytes parse_bytes(std::string_view text);              // B kB MB GB TB KiB MiB GiB TiB
BitRate parse_bit_rate(std::string_view text);         // bit kbit mbit gbit tbit (per second)
Distance parse_distance(std::string_view text);        // m km
Probability parse_probability(std::string_view text);  // % ppm ppb, or an exponent such as 1e-12; at most 100 %
double parse_ratio(std::string_view text);             // 45% or 0.45, at least 0
double parse_flops(std::string_view text);             // gflops tflops pflops; returns operations per second

// Exact text in the unit that needs the fewest digits, the larger unit of two; reads back to the same value: "1.5ms",
// "6.4tbit", "256MiB", "300km", "1ppm". A negative duration has a minus sign, which parse_duration refuses.
std::string to_text(Duration);
std::string to_text(Bytes);
std::string to_text(BitRate);
std::string to_text(Distance);
std::string to_text(Probability);

}  // namespace farlink::units
