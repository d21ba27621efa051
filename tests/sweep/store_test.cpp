// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/store.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/cli/process.hpp"

namespace farlink::sweep {

TEST_CASE("what was added is there after the store was closed, once, in the order of the places") {
  const cli_test::Folder folder;
  RunRow row;
  row.key = "b/packets";
  row.hash = "b";
  row.seed = ~std::uint64_t{0};
  row.efficiency = 0.25;
  row.message = "it's \"said\"";
  row.result = "{}";
  row.wall_seconds = 1.5;
  {
    Store store{folder.path() / "r.db", Store::Access::write};
    store.set_places({"far", {"x", "y"}}, {{{"1", "a,b"}, 1, "a/packets"}, {{"2", "c"}, row.seed, "b/packets"}});
    store.add(row);
    store.add(row);
    RunRow other = row;
    other.key = "z/packets";
    other.status = Status::invalid;
    store.add(other);
  }
  Store store{folder.path() / "r.db", Store::Access::read};
  CHECK(store.head().name == "far");
  CHECK(store.head().paths == std::vector<std::string>{"x", "y"});
  CHECK(store.keys(true) == std::unordered_set<std::string>{"b/packets", "z/packets"});
  CHECK(store.keys(false) == std::unordered_set<std::string>{"b/packets"});
  const std::vector<Store::Found> all = store.all();
  REQUIRE(all.size() == 2);
  CHECK_FALSE(all[0].row);
  CHECK(all[0].place.values == std::vector<std::string>{"1", "a,b"});
  REQUIRE(all[1].row);
  CHECK(all[1].row->message == row.message);
  CHECK(all[1].row->efficiency == 0.25);
  CHECK_FALSE(all[1].row->step_single_site);
  CHECK(all[1].row->wall_seconds == 1.5);
  CHECK(all[1].place.seed == row.seed);
}

TEST_CASE("another sweep's file, and a file that is no store, are refused and stay as they were") {
  const cli_test::Folder folder;
  const std::filesystem::path file = folder.path() / "r.db";
  Store{file, Store::Access::write}.set_places({"far", {"x"}}, {{{"1"}, 1, "a"}});
  Store store{file, Store::Access::write};
  CHECK_THROWS_WITH(store.set_places({"wide", {"x"}}, {}), Catch::Contains("has the sweep 'far', not 'wide'"));
  CHECK(store.all().size() == 1);
  std::ofstream(folder.path() / "text.db") << std::string(5'000, 'x');
  CHECK_THROWS_AS((Store{folder.path() / "text.db", Store::Access::write}), StoreError);
  CHECK_THROWS_AS((Store{folder.path() / "text.db", Store::Access::read}), StoreError);
  CHECK_THROWS_AS((Store{folder.path() / "none.db", Store::Access::read}), StoreError);
  CHECK_THROWS_AS((Store{folder.path() / "no" / "r.db", Store::Access::write}), StoreError);
  CHECK(std::filesystem::file_size(folder.path() / "text.db") == 5'000);
}

}  // namespace farlink::sweep
