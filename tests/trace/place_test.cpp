// SPDX-License-Identifier: Apache-2.0
#include "control/trace/place.hpp"

#include <catch2/catch.hpp>

#include "control/trace/error.hpp"
#include "tests/trace/jobs.hpp"

using namespace farlink;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;

namespace {

std::vector<std::uint32_t> placed(std::size_t ranks, std::vector<scenario::Site> sites) {
  trace::Graph graph;
  graph.ranks.resize(ranks);
  trace::place(graph, sites);
  return graph.site_of_rank;
}

}  // namespace

TEST_CASE("recorded ranks fill the sites in order, in proportion to their GPUs") {
  CHECK(placed(8, {site("west", 512), site("east", 512)}) == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1, 1, 1});
  CHECK(placed(3, {site("west", 1), site("east", 2)}) == std::vector<std::uint32_t>{0, 1, 1});
  CHECK(placed(3, {site("west", 8), site("east", 8)}) == std::vector<std::uint32_t>{0, 1, 1});
  CHECK(placed(2, {site("west", 8)}) == std::vector<std::uint32_t>{0, 0});
  const auto many = placed(64, {site("west", 32), site("east", 32)});
  CHECK(std::count(many.begin(), many.end(), 0U) == 32);
  CHECK(std::is_sorted(many.begin(), many.end()));
}

TEST_CASE("recorded ranks that do not fit the sites are refused") {
  CHECK_THROWS_WITH(placed(9, {site("west", 4), site("east", 4)}),
                    Contains("9 recorded ranks need 9 GPUs, the sites have 8 (west: 4, east: 4)"));
  CHECK_THROWS_WITH(placed(1, {site("west", 4), site("east", 4)}), Contains("leave site 'west' empty"));
}

TEST_CASE("parts split by GPUs, else evenly, else not at all") {
  const std::vector<scenario::Site> uneven{site("west", 24), site("east", 40)};
  CHECK(trace::split_over_sites(8, 8, "stages", uneven) == std::vector<std::uint32_t>{3, 5});
  const std::vector<scenario::Site> roomy{site("west", 32), site("east", 100)};
  CHECK(trace::split_over_sites(8, 8, "stages", roomy) == std::vector<std::uint32_t>{4, 4});
  CHECK_THROWS_WITH(
      trace::split_over_sites(8, 8, "stages", std::vector<scenario::Site>{site("west", 31), site("east", 33)}),
      Contains("8 stages of 8 GPUs do not split over the sites (GPUs west: 31, east: 33)"));
  CHECK_THROWS_WITH(trace::split_over_sites(8, 8, "stages", std::vector<scenario::Site>{}), Contains("no site"));
}
