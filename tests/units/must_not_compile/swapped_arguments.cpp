// SPDX-License-Identifier: Apache-2.0
// Functions take the quantity they name.
#include "dataplane/units/text.hpp"

using namespace farlink::units;

auto control() { return serialization_time(Bytes{1}, BitRate::gigabits(1)); }
auto swapped() { return serialization_time(BitRate::gigabits(1), Bytes{1}); }                        // must not compile
auto rate_as_size() { return serialization_time(BitRate::gigabits(1), BitRate::gigabits(1)); }       // must not compile
auto raw_rate() { return serialization_time(Bytes{1}, 1'000'000'000U); }                             // must not compile
auto raw_index() { return propagation_delay(Distance::kilometres(1), 1.4682); }                      // must not compile
auto time_as_distance() { return propagation_delay(Duration::seconds(1), GroupIndex::of(1.4682)); }  // must not compile
