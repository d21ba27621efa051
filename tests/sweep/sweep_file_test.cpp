// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/sweep_file.hpp"

#include <catch2/catch.hpp>

#include "control/scenario/parse.hpp"
#include "control/yaml/node.hpp"

namespace farlink::sweep {
namespace {

using Words = std::vector<std::string>;

const std::string head = "farlink-sweep: 1\nscenario: ../quick-80km.yaml\n";

Sweep of(const std::string& rest) { return parse(head + rest, "folder/far.yaml"); }

std::string refusal(const std::string& text) {
  try {
    parse(text, "far.yaml");
  } catch (const yaml::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("axes, zipped axes, seeds and what is set") {
  const Sweep sweep =
      of("name: how-far\nset: {run.steps: 3}\nseeds: 2\nattribution: full\n"
         "axes:\n  links.a.distance: [80km, 120km]\n  links.a.convergence: {from: 1, to: 16, points: 3, scale: log}\n"
         "zip:\n  - {links.a.loss: [0, 1ppm], transport.retry: [1, 7]}\n");
  CHECK(sweep.name == "how-far");
  CHECK(sweep.scenario == "folder/../quick-80km.yaml");
  CHECK(sweep.sets == Words{"run.steps=3"});
  CHECK(sweep.seeds == std::vector<std::uint64_t>{1, 2});
  CHECK(sweep.has_attribution);
  CHECK(paths_of(sweep) == Words{"links.a.distance", "links.a.convergence", "links.a.loss", "transport.retry"});
  const std::vector<Point> points = points_of(sweep);
  REQUIRE(points.size() == 12);
  CHECK(points[0].values == Words{"80km", "1", "0", "1"});
  CHECK(points[1].values == Words{"80km", "1", "1ppm", "7"});
  CHECK(points[2].values == Words{"80km", "4", "0", "1"});
  CHECK(points[11].values == Words{"120km", "16", "1ppm", "7"});
}

TEST_CASE("names and seeds have defaults") {
  const Sweep sweep = of("axes: {links.a.loss: [0]}\n");
  CHECK(sweep.name == "far");
  CHECK(sweep.seeds == std::vector<std::uint64_t>{1});
  CHECK_FALSE(sweep.has_attribution);
  CHECK(of("axes: {links.a.loss: [0]}\nseeds: [5, 3]\n").seeds == std::vector<std::uint64_t>{5, 3});
}

TEST_CASE("points are left out where all that is said of them holds") {
  const std::string axes = "axes:\n  distance: [80km, 200km, 300km]\n  convergence: [1, 16, 64]\n";
  const auto left = [&](const std::string& skip) {
    std::string text;
    for (const Point& point : points_of(of(axes + "skip:\n" + skip)))
      text += point.values[0] + "/" + point.values[1] + " ";
    return text;
  };
  CHECK(left("  - {distance: '>= 200km', convergence: '> 16'}\n") ==
        "80km/1 80km/16 80km/64 200km/1 200km/16 300km/1 300km/16 ");
  CHECK(left("  - {distance: [80km, 300km]}\n  - {convergence: '< 16'}\n") == "200km/16 200km/64 ");
  CHECK(left("  - {distance: 80000m, convergence: '<= 64'}\n").size() ==
        left("  - {distance: 1km}\n").size());  // words
  CHECK(left("  - {distance: '<= 200000m'}\n") == "300km/1 300km/16 300km/64 ");
}

TEST_CASE("what is no sweep is refused with the place and what would do") {
  struct Row {
    std::string text, expected;
  };
  const std::string axes = "axes: {links.a.loss: [0, 1ppm]}\n";
  const Row rows[] = {
      {"", "far.yaml"},
      {"axes: {}\n", "'farlink-sweep' is missing"},
      {"farlink-sweep: 2\n", "far.yaml:1: 'farlink-sweep' is a whole number from 1 to 1"},
      {"farlink-sweep: 1\n" + axes, "'scenario' is missing"},
      {head, "'axes' is missing"},
      {head + "axis: {}\n", "far.yaml:3: 'axis' is not known here; did you mean 'axes'?"},
      {head + "axes: [1]\n", "'axes' is a map"},
      {head + "axes: {links.a.loss: 1ppm}\n", "is a list of values or a range"},
      {head + "axes: {links.a.loss: []}\n", "has no values"},
      {head + "axes: {links.a.loss: [0, 0]}\n", "has '0' twice"},
      {head + "axes: {links.a.loss: {from: 0, to: 1ppm}}\n", "a range needs points"},
      {head + "axes: {links.a.loss: {from: 0, to: 1ppm, points: 3, scale: cubic}}\n", "'scale' is linear or log"},
      {head + "axes: {links.a.loss: {from: 0ppm, to: 1ppm, points: 3, scale: log}}\n", "above zero"},
      {head + "axes: {links.a.loss: {from: 0, to: 1ppm, points: 1}}\n", "'points' is a whole number from 2"},
      {head + "axes: {run.seed: [1, 2]}\n", "write seeds"},
      {head + axes + "zip: [{links.a.loss: [1], b: [1]}]\n", "is on an axis already"},
      {head + "zip: [{a: [1], b: [1, 2]}]\n", "has 2 values and 'a' has 1"},
      {head + "zip: [{a: [1]}]\n", "a map of two or more"},
      {head + axes + "skip: [{links.a.los: [0]}]\n", "did you mean 'links.a.loss'?"},
      {head + axes + "skip: [{links.a.loss: '> much'}]\n", "'much' is no number with a unit"},
      {head + axes + "seeds: 0\n", "'seeds' is a whole number from 1"},
      {head + axes + "seeds: many\n", "'seeds' is a whole number"},
      {head + axes + "name: Far Away\n", "'name' is made of"},
      {head + axes + "fabric: verbs\n", "'fabric' is"},
      {head + axes + "attribution: some\n", "'attribution' is full or none"},
      {head + "axes: {a: {from: 1, to: 2, points: 9999}, b: {from: 1, to: 2, points: 9999}}\n",
       "far.yaml:3: more than 1000000 runs"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(refusal(row.text).find(row.expected) != std::string::npos);
  }
}

TEST_CASE("every sweep of the repository is one, and its points are scenarios") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("scenarios/sweeps")) {
    INFO(entry.path());
    ++files;
    const Sweep sweep = load(entry.path());
    CHECK(sweep.name == entry.path().stem());
    const std::vector<std::string> paths = paths_of(sweep);
    for (const Point& point : points_of(sweep)) {
      Words sets = sweep.sets;
      for (std::size_t i = 0; i < paths.size(); ++i) sets.push_back(paths[i] + "=" + point.values[i]);
      CHECK_NOTHROW(scenario::load(sweep.scenario, sets));
    }
  }
  CHECK(files > 0);
}

}  // namespace farlink::sweep
