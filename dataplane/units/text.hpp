// SPDX-License-Identifier: Apache-2.0
// Text to typed values and back. Every quantity carries its unit ("1.5ms", "400gbit", "300km", "0.1%", "64MiB"); a bare "0"
// is allowed. Refusals throw UnitError, whose message names the text and the units that are allowed.
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

Duration parse_duration(std::string_view text);        // ps ns us ms s min h
Bytes parse_bytes(std::string_view text);              // B kB MB GB TB KiB MiB GiB TiB
BitRate parse_bit_rate(std::string_view text);         // bit kbit mbit gbit tbit (per second)
Distance parse_distance(std::string_view text);        // m km
Probability parse_probability(std::string_view text);  // % ppm ppb, or an exponent such as 1e-12
double parse_ratio(std::string_view text);             // 45% or 0.45, at least 0
double parse_flops(std::string_view text);             // gflops tflops pflops

// Shortest text with a fitting unit, readable back: "1.5ms", "6.4tbit", "256MiB", "300km", "1ppm".
std::string to_text(Duration);
std::string to_text(Bytes);
std::string to_text(BitRate);
std::string to_text(Distance);
std::string to_text(Probability);

}  // namespace farlink::units
