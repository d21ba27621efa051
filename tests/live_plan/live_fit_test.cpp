// SPDX-License-Identifier: Apache-2.0
// A refusal names what would fit, and that really does, and hardly more would.
#include "dataplane/units/text.hpp"
#include "tests/live_plan/demand.hpp"
#include "tests/support/print_units.hpp"

namespace farlink::live::test {
namespace {

using Catch::Matchers::Contains;
using units::Bytes;

std::string refusal(const Demand& demand, Bytes memory) {
  try {
    require_fits(demand, memory);
  } catch (const PlanError& error) {
    return error.what();
  }
  return "";
}

// The value behind `key=` in a refusal.
std::string value_of(const std::string& text, const std::string& key) {
  const std::size_t at = text.find(key + "=");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + key.size() + 1;
  return text.substr(begin, text.find_first_of("; ", begin) - begin);
}

bool fits(const Demand& demand, Bytes memory) { return refusal(demand, memory).empty(); }

TEST_CASE("the plan's own figure fits, one byte less does not") {
  const Demand demand = round_demand();
  const Bytes needed = plan_live(demand).memory;
  CHECK(needed == Bytes{115'771'392});
  CHECK_NOTHROW(require_fits(demand, needed));
  CHECK_THROWS_WITH(require_fits(demand, needed - Bytes{1}),
                    Contains("8608 frames") && Contains("need 111 MiB") && Contains("vm.nr_hugepages=56"));
}

TEST_CASE("what would fit, property by property") {
  Demand demand = round_demand();
  const Bytes memory = Bytes::mebi(100);
  // 7,470 mbufs fit: 2,862 in links, 1,431 a direction, so 431,000 bytes beside 1,000,000 of buffers.
  const std::string text = refusal(demand, memory);
  INFO(text);
  CHECK(value_of(text, "links.west-east.delay") == "431us");
  CHECK(value_of(text, "links.west-east.rate") == "3.44gbit");
  CHECK(value_of(text, "links.west-east.lossless.buffer") == "210KiB");
  CHECK(value_of(text, "links.west-east.lossless.far-buffer") == "210KiB");
  CHECK(value_of(text, "dpdk.mtu") == "7936B");
  CHECK(value_of(text, "dpdk.mean-frame") == "1374B");

  const auto with = [&](auto change) {
    Demand changed = demand;
    change(changed);
    return fits(changed, memory);
  };
  const auto delayed = [&](const char* delay) {
    return with([&](Demand& d) {
      for (auto& direction : d.directions) direction.propagation = units::parse_duration(delay);
    });
  };
  CHECK(delayed("431us"));
  CHECK_FALSE(delayed("432us"));
  CHECK(with([](Demand& d) { d.mean_frame = Bytes{1'374}; }));
  CHECK_FALSE(with([](Demand& d) { d.mean_frame = Bytes{1'373}; }));
  CHECK(with([](Demand& d) { d.largest_frame = Bytes{7'936}; }));
  CHECK_FALSE(with([](Demand& d) { d.largest_frame = Bytes{7'937}; }));
}

TEST_CASE("a link written as a distance is shortened as one") {
  Demand demand = round_demand();
  for (auto& direction : demand.directions) {
    direction.has_distance = true;
    direction.distance = units::Distance::kilometres(200);
  }
  const std::string text = refusal(demand, Bytes::mebi(100));
  CHECK(value_of(text, "links.west-east.distance") == "86.2km");
  CHECK(value_of(text, "links.west-east.delay").empty());
}

TEST_CASE("what cannot help alone is not named") {
  const std::string text = refusal(round_demand(), Bytes::mebi(80));  // buffers alone are too much
  INFO(text);
  CHECK(value_of(text, "links.west-east.delay").empty());
  CHECK(value_of(text, "links.west-east.rate").empty());
  CHECK(value_of(text, "links.west-east.lossless.buffer").empty());
  CHECK(value_of(text, "dpdk.mtu") == "5504B");
  CHECK_THAT(refusal(round_demand(), Bytes::mebi(32)),
             Contains("no smaller distance, rate, buffer or frame alone would do"));
}

}  // namespace
}  // namespace farlink::live::test
