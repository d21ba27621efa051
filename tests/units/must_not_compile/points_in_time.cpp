// SPDX-License-Identifier: Apache-2.0
// A point in time is no span of it.
#include "dataplane/units/text.hpp"

using namespace farlink::units;

Duration control() { return Instant::start() - Instant::start(); }
auto sum_of_points() { return Instant::start() + Instant::start(); }  // must not compile
Duration span_of_point() { return Instant::start(); }                 // must not compile
Instant point_of_span() { return Duration::seconds(1); }              // must not compile
bool compared() { return Instant::start() < Duration::seconds(1); }   // must not compile
