// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/sweep.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "dataplane/units/text.hpp"

namespace farlink::sweep {

namespace {

template <class Parse>
std::optional<double> tried(Parse parse, std::string_view text) {
  try {
    return parse(text);
  } catch (const units::UnitError&) {
    return std::nullopt;
  }
}

bool holds(const Skip::Condition& condition, const std::string& value) {
  using enum Skip::Comparison;
  if (condition.comparison == among)
    return std::find(condition.texts.begin(), condition.texts.end(), value) != condition.texts.end();
  const double magnitude = magnitude_of(value);
  switch (condition.comparison) {
    case at_least:
      return magnitude >= condition.bound;
    case at_most:
      return magnitude <= condition.bound;
    case above:
      return magnitude > condition.bound;
    default:
      return magnitude < condition.bound;
  }
}

bool is_skipped(const Sweep& sweep, const Point& point) {
  return std::any_of(sweep.skips.begin(), sweep.skips.end(), [&](const Skip& skip) {
    return std::all_of(skip.conditions.begin(), skip.conditions.end(),
                       [&](const Skip::Condition& c) { return holds(c, point.values[c.value]); });
  });
}

}  // namespace

double magnitude_of(std::string_view value) {
  std::optional<double> found = tried([](auto t) { return units::parse_ratio(t); }, value);
  if (!found) found = tried([](auto t) { return units::parse_duration(t).seconds(); }, value);
  if (!found) found = tried([](auto t) { return static_cast<double>(units::parse_bytes(t).count()); }, value);
  if (!found)
    found = tried([](auto t) { return static_cast<double>(units::parse_bit_rate(t).bits_per_second()); }, value);
  if (!found) found = tried([](auto t) { return units::parse_distance(t).kilometres() * 1e3; }, value);
  if (!found) found = tried([](auto t) { return units::parse_probability(t).value(); }, value);
  if (!found) throw std::invalid_argument("'" + std::string(value) + "' is no number with a unit");
  return *found;
}

std::vector<std::string> paths_of(const Sweep& sweep) {
  std::vector<std::string> paths;
  for (const Axis& axis : sweep.axes) paths.insert(paths.end(), axis.paths.begin(), axis.paths.end());
  return paths;
}

std::vector<Point> points_of(const Sweep& sweep) {
  std::vector<Point> points{Point{}};
  for (const Axis& axis : sweep.axes) {
    std::vector<Point> longer;
    longer.reserve(points.size() * axis.values.size());
    for (const Point& point : points) {
      for (const std::vector<std::string>& values : axis.values) {
        longer.push_back(point);
        longer.back().values.insert(longer.back().values.end(), values.begin(), values.end());
      }
    }
    points = std::move(longer);
  }
  std::erase_if(points, [&](const Point& point) { return is_skipped(sweep, point); });
  return points;
}

}  // namespace farlink::sweep
