// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/range.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

namespace farlink::sweep {

using Values = std::vector<std::string>;

TEST_CASE("a range has equal steps or equal factors, and both ends as they were written") {
  CHECK(range_of("80km", "320km", 3, Scale::linear) == Values{"80km", "200km", "320km"});
  CHECK(range_of("80km", "320km", 3, Scale::logarithmic) == Values{"80km", "160km", "320km"});
  CHECK(range_of("1", "64", 7, Scale::logarithmic) == Values{"1", "2", "4", "8", "16", "32", "64"});
  CHECK(range_of("1e-6%", "1e-4%", 3, Scale::logarithmic) == Values{"1e-6%", "1e-05%", "1e-4%"});
  CHECK(range_of("4 MiB", "1 MiB", 2, Scale::linear) == Values{"4 MiB", "1 MiB"});
  CHECK(range_of("0ms", "1ms", 4, Scale::linear) == Values{"0ms", "0.333333ms", "0.666667ms", "1ms"});
}

TEST_CASE("what is no range is refused") {
  CHECK_THROWS_AS(range_of("80km", "320m", 3, Scale::linear), std::invalid_argument);
  CHECK_THROWS_AS(range_of("far", "320km", 3, Scale::linear), std::invalid_argument);
  CHECK_THROWS_AS(range_of("", "320km", 3, Scale::linear), std::invalid_argument);
  CHECK_THROWS_AS(range_of("0km", "320km", 3, Scale::logarithmic), std::invalid_argument);
  CHECK_THROWS_AS(range_of("inf", "inf", 3, Scale::linear), std::invalid_argument);
}

}  // namespace farlink::sweep
