// SPDX-License-Identifier: Apache-2.0
// farlink run on the quick scenario: what it writes, how it ends, and that bad input leaves nothing behind.
#include <algorithm>
#include <catch2/catch.hpp>

#include "control/json/json.hpp"
#include "tests/cli/process.hpp"

namespace farlink::cli_test {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
auto lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

const std::vector<std::string> report_files{"farlink-out/quick-80km/report.html", "farlink-out/quick-80km/result.json"};

std::vector<std::string> quick(const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"run", repository_file("scenarios/quick-80km.yaml").string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// An eighth of the frames, for what does not depend on their number.
std::vector<std::string> quicker(const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments =
      quick({"--set", "workload.model.global-batch=8", "--set", "expect.efficiency=>= 50%"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("a run prints the table and writes report and result") {
  const Folder folder;
  const Outcome outcome = run_farlink(folder.path(), quicker({"--json", "r.json"}));
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(contains(outcome.out, "quick-80km"));
  CHECK(contains(outcome.out, "efficiency"));
  CHECK(contains(outcome.out, "report: farlink-out/quick-80km/report.html\n"));
  CHECK(folder.files() == std::vector<std::string>{report_files[0], report_files[1], "r.json"});
  CHECK(folder.read("r.json") == folder.read(report_files[1]));
  const json::value result = json::parse(folder.read("r.json"));
  CHECK(result.at("scenario").as_string() == "quick-80km");
  CHECK(result.at("valid").as_bool());
  CHECK(result.at("version").as_string() == FARLINK_VERSION);
  const double efficiency = result.at("efficiency").as_double();
  double points = 0;
  for (const json::value& part : result.at("attribution").as_array()) points += part.at("points").to_number<double>();
  CHECK(points == Approx(100 * (1 - efficiency)).margin(1e-9));
}

TEST_CASE("deterministic runs with equal seeds give equal bytes, however many runs are made at a time") {
  const Folder folder;
  const Outcome first = run_farlink(folder.path(), quick({"--deterministic", "--jobs", "1", "-o", "a"}));
  const Outcome second = run_farlink(folder.path(), quick({"--deterministic", "--jobs", "3", "-o", "b"}));
  REQUIRE(first.status == 0);
  REQUIRE(second.status == 0);
  CHECK(folder.read("a/result.json") == folder.read("b/result.json"));
  CHECK(folder.read("a/report.html") == folder.read("b/report.html"));
  CHECK(first.out.substr(0, first.out.find("report: ")) == second.out.substr(0, second.out.find("report: ")));
}

TEST_CASE("events happen in a run, and its results list them") {
  const Folder folder;
  const Outcome outcome = run_farlink(
      folder.path(), quicker({"--json", "r.json", "--attribution", "none", "--set", "armed=first-frame", "--set",
                              "transport.ack-timeout=10", "--set",
                              "events=[{at: 1ms, link: west-east, cut: 1ms}, {at: 1h, link: west-east, cut: 1s}]"}));
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.out, "\n  events\n"));
  const json::value result = json::parse(folder.read("r.json"));
  REQUIRE(result.at("events").as_array().size() == 2);
  CHECK(result.at("events").at(0).at("what").as_string() == "cut 1ms");
  CHECK(result.at("events").at(1).at("what").as_string() == "cut ends");
}

TEST_CASE("a run warns of what its planner calls short") {
  const Folder folder;
  const Outcome warned = run_farlink(folder.path(), quicker({"--attribution", "none", "--no-report", "--json", "-",
                                                             "--set", "links.west-east.lossless={headroom: 5MiB}"}));
  CHECK(warned.status == 0);
  CHECK(contains(warned.err, "west-east west->east: the headroom is short"));
  CHECK(contains(warned.err, "west-east east->west: the headroom is short"));
  CHECK(json::parse(warned.out).at("valid").as_bool());
}

TEST_CASE("without --deterministic only the engine's figures may differ") {
  const Folder folder;
  const auto result = [&] {
    json::value value = json::parse(run_farlink(folder.path(), quicker({"--json", "-", "--no-report"})).out);
    value.as_object().erase("engine");
    return json::to_text(value);
  };
  CHECK(result() == result());
}

TEST_CASE("JSON on standard output stands alone") {
  const Folder folder;
  const Outcome outcome = run_farlink(folder.path(), quicker({"--json", "-", "--no-report", "--attribution", "none"}));
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(json::parse(outcome.out).at("valid").as_bool());
  CHECK(folder.files().empty());
}

TEST_CASE("an expectation that does not hold ends with 1 and a report") {
  const Folder folder;
  const Outcome outcome = run_farlink(folder.path(), quicker({"--set", "links.west-east.distance=2000km", "--set",
                                                              "expect.efficiency=>= 99.9%", "--attribution", "none"}));
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(folder.files() == report_files);
  CHECK_FALSE(json::parse(folder.read(report_files[1])).at("expectations").at(0).at("met").as_bool());
}

TEST_CASE("a run whose queue pairs gave up ends with 3, without an efficiency") {
  const Folder folder;
  const Outcome outcome =
      run_farlink(folder.path(), quicker({"--set", "links.west-east.loss=60%", "--set", "transport.retry=1", "--set",
                                          "transport.ack-timeout=10"}));
  CHECK(outcome.status == 3);
  CHECK(lines_in(outcome.err) == 1);
  CHECK(contains(outcome.err, "invalid"));
  const json::value result = json::parse(folder.read(report_files[1]));
  CHECK_FALSE(result.at("valid").as_bool());
  CHECK(result.at("efficiency").is_null());
}

TEST_CASE("a cut that outlasts all retries ends with 3, or with 0 where the job opens new queue pairs") {
  const Folder folder;
  const auto cut = [&](const std::vector<std::string>& more) {
    auto arguments = quicker({"--attribution", "none", "--set", "armed=first-frame", "--set",
                              "transport.ack-timeout=10", "--set", "events=[{at: 1ms, link: west-east, cut: 100ms}]"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_farlink(folder.path(), arguments);
  };
  const Outcome aborted = cut({});
  CHECK(aborted.status == 3);
  CHECK(lines_in(aborted.err) == 1);
  CHECK(contains(aborted.err, "nothing acknowledged after 8 timeouts of 4.194304ms"));
  const Outcome again = cut({"--set", "transport.on-error=reconnect", "--set", "expect.efficiency=>= 1%"});
  INFO(again.err);
  CHECK(again.status == 0);
}

TEST_CASE("bad input ends with 2, one message, and nothing written") {
  struct Row {
    std::vector<std::string> arguments;
    std::vector<std::string> expected;
  };
  const std::vector<Row> rows{
      {{"--set", "links.west-east.los=1ppm"}, {"los", "loss"}},
      {{"--set", "links.west-east.distance=80"}, {"distance", "km"}},
      {{"--set", "links.west-east.loss=120%"}, {"loss", "120%"}},
      {{"--set", "links.west-east.convergence=0"}, {"convergence"}},
      {{"--set", "nonsense"}, {"nonsense", "="}},
      {{"--json", "no/such/folder/r.json"}, {"no/such/folder"}},
      {{"-o", "file/below"}, {"file", "not a folder"}},
  };
  for (const Row& row : rows) {
    const Folder folder;
    folder.write("file", "");
    const Outcome outcome = run_farlink(folder.path(), quick(row.arguments));
    INFO(row.arguments[1] << ": " << outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(lines_in(outcome.err) == 1);
    for (const std::string& part : row.expected) CHECK(contains(outcome.err, part));
    CHECK(folder.files() == std::vector<std::string>{"file"});
  }
}

TEST_CASE("an unknown key is refused with file, line and the nearest known one") {
  const Folder folder;
  folder.write("s.yaml", "farlink: 1\nname: s\nsites:\n  west: {gpu: 8, nic: 200gbit}\n");
  const Outcome outcome = run_farlink(folder.path(), {"run", "s.yaml"});
  CHECK(outcome.status == 2);
  CHECK(lines_in(outcome.err) == 1);
  CHECK(contains(outcome.err, "s.yaml:4"));
  CHECK(contains(outcome.err, "gpus"));
  CHECK(folder.files() == std::vector<std::string>{"s.yaml"});
}

TEST_CASE("run --fabric flows gives the number without frames, says so, and refuses what flows cannot do") {
  const Folder folder;
  const std::string scenario = repository_file("scenarios/quick-80km.yaml").string();
  const auto run = [&](const std::string& fabric) {
    const Outcome outcome =
        run_farlink(folder.path(), {"run", scenario, "--fabric", fabric, "--set", "links.west-east.loss=0", "--json",
                                    "-", "--no-report", "--attribution", "none", "--deterministic"});
    CHECK(outcome.status == 0);
    return json::parse(outcome.out);
  };
  const json::value flows = run("flows"), packets = run("packets");
  CHECK(flows.at("fabric") == "flows");
  CHECK(packets.as_object().if_contains("fabric") == nullptr);
  const double difference = flows.at("efficiency").to_number<double>() - packets.at("efficiency").to_number<double>();
  CHECK(difference < 0.001);
  CHECK(difference > -0.001);
  const Outcome refused = run_farlink(
      folder.path(), {"run", repository_file("scenarios/fibre-cut-120km.yaml").string(), "--fabric", "flows"});
  CHECK(refused.status == 2);
  CHECK(refused.err.find("events") != std::string::npos);
  CHECK(run_farlink(folder.path(), {"run", scenario, "--fabric", "flows", "--live"}).status == 2);
  CHECK(folder.files().empty());
}

}  // namespace farlink::cli_test
