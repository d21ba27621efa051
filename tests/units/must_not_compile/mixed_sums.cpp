// SPDX-License-Identifier: Apache-2.0
// Quantities of different kinds do not add up.
#include "dataplane/units/text.hpp"

using namespace farlink::units;

auto control() { return Bytes{1} + Bytes{2}; }
auto size_and_time() { return Bytes{1} + Duration::seconds(1); }                 // must not compile
auto rate_and_size() { return BitRate::gigabits(1) + Bytes{1}; }                 // must not compile
auto distance_and_time() { return Distance::metres(1) + Duration::seconds(1); }  // must not compile
auto rate_and_time() { return BitRate::gigabits(1) * Duration::seconds(1); }     // must not compile
auto time_squared() { return Duration::seconds(1) * Duration::seconds(1); }      // must not compile
