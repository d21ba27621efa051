// SPDX-License-Identifier: Apache-2.0
#include "control/scenario/suggest.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace farlink::scenario {

TEST_CASE("edit distance counts insertions, deletions, replacements and swaps") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("loss", "loss") == 0);
  CHECK(edit_distance("los", "loss") == 1);
  CHECK(edit_distance("lsos", "loss") == 1);
  CHECK(edit_distance("loose", "loss") == 2);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest word, when one is near") {
  const std::vector<std::string> known{"rate", "delay", "distance"};
  CHECK(nearest("rte", known) == "rate");
  CHECK(nearest("distacne", known) == "distance");
  CHECK_FALSE(nearest("colour", known).has_value());
  CHECK_FALSE(nearest("", known).has_value());
  CHECK_FALSE(nearest(std::string(1'000'000, 'a'), known).has_value());
}

}  // namespace farlink::scenario
