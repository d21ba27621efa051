// SPDX-License-Identifier: Apache-2.0
// run.duration and what goes with it: read, in the hash, refused where it makes no sense.
#include <catch2/catch.hpp>
#include <set>

#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {
namespace {

const std::string checkpoint = "checkpoint: {every: 30min, write: 60s, restart: 5min}";
const std::string hours = "run: {duration: 24h, " + checkpoint;

std::string refused(const std::string& run, const std::vector<std::string>& sets = {}) {
  return refusal(base_text(16, run), sets);
}
bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("hours of training are read, and their values are in the hash") {
  const Scenario s = base(16, hours + ", mtbf: 6h, seed: 1}");
  REQUIRE(s.run.long_run);
  CHECK(s.run.long_run->duration == Duration::seconds(86'400));
  CHECK(s.run.long_run->checkpoint ==
        Checkpoint{Duration::seconds(1'800), Duration::seconds(60), Duration::seconds(300)});
  CHECK(s.run.long_run->mtbf == Duration::seconds(21'600));
  CHECK_FALSE(base().run.long_run);
  CHECK_FALSE(base(16, hours + "}").run.long_run->mtbf);

  std::set<std::string> hashes{base().hash, base(16, hours + "}").hash};
  for (const std::string set : {"run.duration=25h", "run.checkpoint.every=31min", "run.checkpoint.write=61s",
                                "run.checkpoint.restart=6min", "run.mtbf=6h"}) {
    INFO(set);
    CHECK(hashes.insert(with_sets({set}, 16, hours + "}").hash).second);
  }
}

TEST_CASE("what does not make hours is refused where it stands") {
  CHECK(says(refused("run: {" + checkpoint + "}"), "t.yaml:16"));
  CHECK(says(refused("run: {" + checkpoint + "}"), "'run.checkpoint' is for hours of training; give run.duration"));
  CHECK(says(refused("run: {mtbf: 6h}"), "'run.mtbf' is for hours of training"));
  CHECK(says(refused("run: {duration: 24h}"), "'run.checkpoint' is missing; with duration write for example"));
  CHECK(says(refused("run: {duration: 24h, checkpoint: {every: 30min, write: 60s}}"), "restart"));
  CHECK(says(refused("run: {duration: 24h, checkpoint: {every: 0, write: 60s, restart: 0}}"), "must be above"));
  CHECK(says(refused(hours + ", mtbf: 1s}"), "more than 50000 failures"));
  CHECK(says(refused(hours + "}\nevents: [{at: 1s, link: west-east, cut: 50ms}]"), "leaves no place for 'events'"));
  CHECK(says(refused("run: {seed: 1}\nexpect: {goodput: \">= 90%\"}"), "needs hours; give run.duration"));
  CHECK(refused(hours + "}\nexpect: {goodput: \">= 90%\"}").empty());
}

TEST_CASE("faults of links come in the hours, and need a step that shows what they leave behind") {
  const std::vector<std::string> faults{"links.west-east.faults={mtbf: 6h, cut: 10s}"};
  CHECK(says(refused(hours + "}", faults), "must be two more than warmup (1) with faults and duration"));
  CHECK(refused(hours + ", steps: 3}", faults).empty());
  CHECK(says(refused(hours + ", steps: 3}", {"links.west-east.faults={mtbf: 1s}"}), "more than 50000 cuts"));
  CHECK(says(refused(hours + ", steps: 3}", {"links.west-east.faults={mtbf: 6h, until: 12h}"}),
             "with run.duration faults come all the time"));
}

}  // namespace farlink::scenario
