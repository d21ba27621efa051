// SPDX-License-Identifier: Apache-2.0
// workload.storage: read, in the hash, and refused where it does not go with the sites.
#include <catch2/catch.hpp>
#include <set>

#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {
namespace {

// All 16 ranks in the west, the data in the east.
const std::vector<std::string> kept{"workload.parallelism.data=1",
                                    "workload.storage={site: east, read-per-step: 8GiB, write-per-step: 1GB}"};

std::vector<std::string> with(const std::string& set) {
  std::vector<std::string> sets = kept;
  sets.push_back(set);
  return sets;
}
bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("data at a site of its own: ranks are at the other sites, and every value is in the hash") {
  const Scenario s = with_sets(kept);
  const auto& storage = std::get<Training>(s.workload).storage;
  REQUIRE(storage);
  CHECK(*storage == Storage{"east", Bytes::gibi(8), true, Bytes{1'000'000'000}});
  CHECK_FALSE(std::get<Training>(base().workload).storage);
  std::set<std::string> hashes{s.hash};
  for (const std::string set :
       {"workload.storage.read-per-step=9GiB", "workload.storage.write-per-step=0", "workload.storage.prefetch=0"}) {
    INFO(set);
    CHECK(hashes.insert(with_sets(with(set)).hash).second);
  }
}

TEST_CASE("what does not go with the sites is refused") {
  CHECK(says(refusal(base_text(), {kept[1]}),
             "tensor x pipeline x data = 8 x 2 x 2 = 32 ranks, but the sites without 'east' have 16 gpus"));
  CHECK(says(refusal(base_text(), with("workload.storage.site=eats")), "'eats' is no site; did you mean 'east'?"));
  CHECK(says(refusal(base_text(), with("workload.storage={site: east}")), "are both nothing"));
  CHECK(says(refusal(base_text(), with("workload.storage.prefetch=2")), "too large; at most 1"));
  CHECK(says(refusal(base_text(14, "  trace: a.et\n  storage: {site: east}")), "storage"));
}

}  // namespace farlink::scenario
