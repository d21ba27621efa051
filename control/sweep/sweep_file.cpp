// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/sweep_file.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>

#include "control/scenario/suggest.hpp"
#include "control/scenario/value.hpp"
#include "control/sweep/range.hpp"
#include "control/yaml/parse.hpp"

namespace farlink::sweep {

namespace {

using yaml::Entry;
using yaml::Error;
using yaml::Kind;
using yaml::Node;

[[noreturn]] void refuse(const yaml::Position& position, std::string_view key, const std::string& what) {
  throw Error(position, "'" + std::string(key) + "' " + what);
}

void check_keys(const Node& map, const std::vector<std::string>& known) {
  for (const Entry& entry : map.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    std::string all;
    for (const std::string& key : known) all += (all.empty() ? "" : ", ") + key;
    const std::optional<std::string> meant = scenario::nearest(entry.key, known);
    refuse(entry.position, entry.key,
           "is not known here; " + (meant ? "did you mean '" + *meant + "'?" : "known are " + all));
  }
}

const std::string& scalar_of(const Entry& entry, const std::string& what) {
  if (entry.value.kind != Kind::scalar || entry.value.scalar.empty()) refuse(entry.position, entry.key, what);
  return entry.value.scalar;
}

std::uint64_t whole_of(const Entry& entry, std::uint64_t least, std::uint64_t most) {
  const std::string& text = scalar_of(entry, "is a whole number");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    refuse(entry.position, entry.key,
           "is a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

std::vector<std::string> values_of(const Entry& entry) {
  const Node& node = entry.value;
  std::vector<std::string> values;
  if (node.kind == Kind::list) {
    for (const Node& item : node.items) {
      if (item.kind != Kind::scalar || item.scalar.empty())
        throw Error(item.position, "'" + entry.key + "' a value is a word or a number with its unit");
      if (std::find(values.begin(), values.end(), item.scalar) != values.end())
        throw Error(item.position, "'" + entry.key + "' has '" + item.scalar + "' twice");
      values.push_back(item.scalar);
    }
    if (values.empty()) refuse(entry.position, entry.key, "has no values");
    return values;
  }
  if (node.kind != Kind::map)
    refuse(entry.position, entry.key, "is a list of values or a range, {from: 80km, to: 320km, points: 5, scale: log}");
  check_keys(node, {"from", "to", "points", "scale"});
  for (const char* key : {"from", "to", "points"})
    if (node.find(key) == nullptr) refuse(entry.position, entry.key, "a range needs " + std::string(key));
  Scale scale = Scale::linear;
  if (const Entry* given = node.entry("scale"); given != nullptr) {
    const std::string& word = scalar_of(*given, "is linear or log");
    if (word != "linear" && word != "log") refuse(given->position, "scale", "is linear or log");
    if (word == "log") scale = Scale::logarithmic;
  }
  try {
    return range_of(scalar_of(*node.entry("from"), "is a value"), scalar_of(*node.entry("to"), "is a value"),
                    static_cast<std::uint32_t>(whole_of(*node.entry("points"), 2, 10'000)), scale);
  } catch (const std::invalid_argument& error) {
    refuse(entry.position, entry.key, error.what());
  }
}

// While axes are read, so that a file cannot ask for more than memory holds.
void check_size(const Sweep& sweep, std::size_t seeds, const yaml::Position& position) {
  std::size_t runs = seeds, values = 0;
  for (const Axis& axis : sweep.axes) {
    values += axis.values.size() * axis.paths.size();
    if (axis.values.size() > most_runs / runs || values > most_runs)
      throw Error(position, "more than " + std::to_string(most_runs) + " runs or values; leave some out");
    runs *= axis.values.size();
  }
}

void add_axis(Sweep& sweep, std::span<const Entry> entries) {
  Axis axis;
  for (const Entry& entry : entries) {
    const std::vector<std::string> paths = paths_of(sweep);
    if (std::find(paths.begin(), paths.end(), entry.key) != paths.end())
      refuse(entry.position, entry.key, "is on an axis already");
    if (entry.key == "run.seed" || entry.key == "run.seeds")
      refuse(entry.position, entry.key, "is no axis; write seeds: [1, 2, 3] beside the axes");
    const std::vector<std::string> values = values_of(entry);
    if (axis.paths.empty()) axis.values.resize(values.size());
    if (values.size() != axis.values.size())
      refuse(entry.position, entry.key,
             "has " + std::to_string(values.size()) + " values and '" + axis.paths.front() + "' has " +
                 std::to_string(axis.values.size()) + "; what is zipped has as many");
    axis.paths.push_back(entry.key);
    if ((axis.paths.size() + 1) * values.size() > most_runs)
      refuse(entry.position, entry.key, "makes more than " + std::to_string(most_runs) + " values; leave some out");
    for (std::size_t i = 0; i < values.size(); ++i) axis.values[i].push_back(values[i]);
  }
  sweep.axes.push_back(std::move(axis));
  check_size(sweep, 1, entries.front().position);
}

void read_axes(Sweep& sweep, const Node& top) {
  if (const Entry* axes = top.entry("axes"); axes != nullptr) {
    if (axes->value.kind != Kind::map) refuse(axes->position, "axes", "is a map from paths of the scenario to values");
    for (const Entry& entry : axes->value.entries) add_axis(sweep, {&entry, 1});
  }
  if (const Entry* zip = top.entry("zip"); zip != nullptr) {
    if (zip->value.kind != Kind::list) refuse(zip->position, "zip", "is a list of maps, each an axis of several paths");
    for (const Node& item : zip->value.items) {
      if (item.kind != Kind::map || item.entries.size() < 2)
        throw Error(item.position, "'zip' an axis of several paths is a map of two or more");
      add_axis(sweep, item.entries);
    }
  }
  if (sweep.axes.empty()) throw Error(top.position, "'axes' is missing: a sweep changes something");
}

Skip::Condition condition_of(const Entry& entry, std::size_t value) {
  using enum Skip::Comparison;
  Skip::Condition condition;
  condition.value = value;
  if (entry.value.kind == Kind::list) {
    condition.texts = values_of(entry);
    return condition;
  }
  const std::string& text = scalar_of(entry, "is a list of values or a bound, \"> 200km\"");
  static constexpr std::pair<std::string_view, Skip::Comparison> signs[] = {
      {">=", at_least}, {"<=", at_most}, {">", above}, {"<", below}};
  for (const auto& [sign, comparison] : signs) {
    if (!text.starts_with(sign)) continue;
    condition.comparison = comparison;
    try {
      condition.bound = magnitude_of(text.substr(std::min(text.find_first_not_of(' ', sign.size()), text.size())));
    } catch (const std::invalid_argument& error) {
      refuse(entry.position, entry.key, error.what());
    }
    return condition;
  }
  condition.texts = {text};
  return condition;
}

void read_skips(Sweep& sweep, const Node& top) {
  const Entry* skips = top.entry("skip");
  if (skips == nullptr) return;
  if (skips->value.kind != Kind::list)
    refuse(skips->position, "skip", "is a list of maps from paths to what is left out");
  const std::vector<std::string> paths = paths_of(sweep);
  for (const Node& item : skips->value.items) {
    if (item.kind != Kind::map || item.entries.empty())
      throw Error(item.position, "'skip' each item is a map from paths to what is left out");
    Skip& skip = sweep.skips.emplace_back();
    for (const Entry& entry : item.entries) {
      const auto at = std::find(paths.begin(), paths.end(), entry.key);
      if (at == paths.end()) {
        const std::optional<std::string> meant = scenario::nearest(entry.key, paths);
        refuse(entry.position, entry.key, "is on no axis" + (meant ? "; did you mean '" + *meant + "'?" : ""));
      }
      skip.conditions.push_back(condition_of(entry, static_cast<std::size_t>(at - paths.begin())));
      if (skip.conditions.back().comparison == Skip::Comparison::among) continue;
      for (const Axis& axis : sweep.axes) {
        const auto on_axis = std::find(axis.paths.begin(), axis.paths.end(), entry.key);
        if (on_axis == axis.paths.end()) continue;
        for (const auto& values : axis.values) {
          try {
            magnitude_of(values[static_cast<std::size_t>(on_axis - axis.paths.begin())]);
          } catch (const std::invalid_argument& error) {
            refuse(entry.position, entry.key, std::string("cannot be compared: ") + error.what());
          }
        }
      }
    }
  }
}

void read_seeds(Sweep& sweep, const Node& top) {
  sweep.seeds = {1};
  const Entry* seeds = top.entry("seeds");
  if (seeds == nullptr) return;
  sweep.seeds.clear();
  if (seeds->value.kind == Kind::list) {
    for (const Node& item : seeds->value.items)
      sweep.seeds.push_back(whole_of({"seeds", item.position, item}, 0, ~std::uint64_t{0}));
    if (sweep.seeds.empty()) refuse(seeds->position, "seeds", "has no values");
    return;
  }
  const std::uint64_t count = whole_of(*seeds, 1, 10'000);
  for (std::uint64_t seed = 1; seed <= count; ++seed) sweep.seeds.push_back(seed);
}

}  // namespace

Sweep parse(std::string_view text, const std::filesystem::path& file) {
  const Node top = yaml::parse(text, file.string());
  if (top.kind != Kind::map) throw Error(top.position, "a sweep is a map; it begins with farlink-sweep: 1");
  check_keys(top,
             {"farlink-sweep", "name", "scenario", "set", "axes", "zip", "skip", "seeds", "fabric", "attribution"});
  const Entry* version = top.entry("farlink-sweep");
  if (version == nullptr) throw Error(top.position, "'farlink-sweep' is missing; write farlink-sweep: 1");
  whole_of(*version, 1, 1);
  Sweep sweep;
  const Entry* name = top.entry("name");
  sweep.name = name != nullptr ? scalar_of(*name, "is a name") : file.stem().string();
  if (!scenario::is_name(sweep.name))
    refuse(name != nullptr ? name->position : top.position, "name", "is made of a-z, 0-9 and -");
  const Entry* scenario = top.entry("scenario");
  if (scenario == nullptr) throw Error(top.position, "'scenario' is missing: the file that the sweep changes");
  sweep.scenario = file.parent_path() / scalar_of(*scenario, "is a file");
  if (const Entry* set = top.entry("set"); set != nullptr) {
    if (set->value.kind != Kind::map) refuse(set->position, "set", "is a map from paths of the scenario to values");
    for (const Entry& entry : set->value.entries)
      sweep.sets.push_back(entry.key + "=" + scalar_of(entry, "is one value"));
  }
  read_axes(sweep, top);
  read_skips(sweep, top);
  read_seeds(sweep, top);
  if (const Entry* fabric = top.entry("fabric"); fabric != nullptr) {
    sweep.fabric = scalar_of(*fabric, "is packets or flows");
    if (sweep.fabric != "packets" && sweep.fabric != "flows") refuse(fabric->position, "fabric", "is packets or flows");
  }
  if (const Entry* attribution = top.entry("attribution"); attribution != nullptr) {
    const std::string& word = scalar_of(*attribution, "is full or none");
    if (word != "full" && word != "none") refuse(attribution->position, "attribution", "is full or none");
    sweep.has_attribution = word == "full";
  }
  check_size(sweep, sweep.seeds.size(), top.position);
  return sweep;
}

Sweep load(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file.string() + ": cannot be read");
  return parse(std::string{std::istreambuf_iterator<char>(in), {}}, file);
}

}  // namespace farlink::sweep
