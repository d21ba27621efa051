// SPDX-License-Identifier: Apache-2.0
// Only like compares with like.
#include "dataplane/units/text.hpp"

using namespace farlink::units;

bool control() { return Bytes{1} < Bytes{2}; }
bool size_and_time() { return Bytes{1} < Duration::seconds(1); }      // must not compile
bool size_and_integer() { return Bytes{1} == 1U; }                    // must not compile
bool rate_and_size() { return BitRate::gigabits(1) > Bytes{1}; }      // must not compile
bool probability_and_number() { return Probability::of(0.5) < 0.6; }  // must not compile
