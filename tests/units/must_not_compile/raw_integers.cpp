// SPDX-License-Identifier: Apache-2.0
// A raw integer is no quantity, and a quantity no raw integer.
#include "dataplane/units/text.hpp"

using namespace farlink::units;

Duration control() { return Duration::picoseconds(5); }
Duration time_of_integer() { return 5; }              // must not compile
Bytes size_of_integer() { return 5U; }                // must not compile
BitRate rate_of_integer() { return {5U}; }            // must not compile
Distance distance_of_integer{5};                      // must not compile
Probability probability_of_number = 0.5;              // must not compile
std::uint64_t integer_of_size() { return Bytes{5}; }  // must not compile
double seconds_of_time = Duration::seconds(1);        // must not compile
