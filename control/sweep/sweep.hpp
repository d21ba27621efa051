// SPDX-License-Identifier: Apache-2.0
// A sweep as it stands in its file: one scenario, and axes along which values of it change. docs/sweeps.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace farlink::sweep {

// Values that change together. One path in the usual case; several where they are zipped.
struct Axis {
  std::vector<std::string> paths;                // "links.west-east.distance"
  std::vector<std::vector<std::string>> values;  // place by place: a value for each path, as a scenario would write it
};

// Leaves out the points that it fits: every condition holds.
struct Skip {
  enum class Comparison : std::uint8_t { among, at_least, at_most, above, below };
  struct Condition {
    std::size_t value = 0;  // of Point::values
    Comparison comparison = Comparison::among;
    std::vector<std::string> texts;  // among; as on the axis
    double bound = 0;                // of the others, see magnitude_of()
  };
  std::vector<Condition> conditions;
};

struct Sweep {
  std::string name;
  std::filesystem::path scenario;  // relative to the folder that farlink runs in, or absolute
  std::vector<std::string> sets;   // "PATH=VALUE", of every point
  std::vector<Axis> axes;
  std::vector<Skip> skips;
  std::vector<std::uint64_t> seeds;  // each a run of its own
  std::string fabric = "packets";
  bool has_attribution = false;
};

// One place on every axis.
struct Point {
  std::vector<std::string> values;  // of all paths, axis by axis
};

// A scenario's value as a number in its basic unit (seconds, bytes, bit/s, metres, a share), for comparing values of
// one path. Throws std::invalid_argument for what is none.
double magnitude_of(std::string_view value);

// "links.west-east.distance", ..., axis by axis.
std::vector<std::string> paths_of(const Sweep& sweep);

// All points that no skip fits, the last axis fastest.
std::vector<Point> points_of(const Sweep& sweep);

}  // namespace farlink::sweep
