// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/table.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace farlink::sweep {

namespace {

constexpr std::array causes{"loss", "congestion-control", "convergence", "distance", "schedule"};

json::value number_of(const std::optional<double>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

// Points by cause, where they were asked for.
json::object points_of(const RunRow& row) {
  json::object points;
  if (row.result.empty()) return points;
  const json::value result = json::parse(row.result);
  const json::value* list = result.as_object().if_contains("attribution");
  if (list == nullptr || !list->is_array()) return points;
  for (const json::value& cause : list->as_array())
    points[cause.as_object().at("cause").as_string()] = cause.as_object().at("points");
  return points;
}

json::object run_of(const SweepHead& head, const Store::Found& found, bool deterministic) {
  json::object values;
  for (std::size_t i = 0; i < head.paths.size(); ++i) values[head.paths[i]] = found.place.values.at(i);
  json::object run{{"values", std::move(values)}, {"seed", found.place.seed}};
  run["status"] = found.row ? name_of(found.row->status) : "missing";
  const RunRow row = found.row.value_or(RunRow{});
  run["efficiency"] = number_of(row.efficiency);
  run["step_single_site_seconds"] = number_of(row.step_single_site);
  run["step_across_sites_seconds"] = number_of(row.step_across_sites);
  run["exposed_single_site_seconds"] = number_of(row.exposed_single_site);
  run["exposed_across_sites_seconds"] = number_of(row.exposed_across_sites);
  const json::object points = points_of(row);
  for (const char* cause : causes) {
    const json::value* found_points = points.if_contains(cause);
    run["points_" + std::string(cause)] = found_points != nullptr ? *found_points : json::value(nullptr);
  }
  run["fabric"] = row.fabric;
  run["scenario_hash"] = row.hash;
  run["message"] = row.message;
  if (deterministic) return run;
  run["version"] = row.version;
  run["wall_seconds"] = found.row ? json::value(row.wall_seconds) : json::value(nullptr);
  run["finished"] = row.finished;
  run["host"] = row.host;
  return run;
}

std::string cell_of(const json::value& value) {
  if (value.is_null()) return "";
  std::string text = value.is_string() ? std::string(value.as_string()) : json::to_line(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string percent(double share, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f %%", digits, share * 100);
  return text.data();
}

std::string seconds(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g s", value);
  return text.data();
}

}  // namespace

json::value to_json(const SweepHead& head, const std::vector<Store::Found>& runs, bool deterministic) {
  json::array paths, list;
  for (const std::string& path : head.paths) paths.emplace_back(path);
  for (const Store::Found& found : runs) list.emplace_back(run_of(head, found, deterministic));
  return json::object{{"schema", 1}, {"sweep", head.name}, {"paths", std::move(paths)}, {"runs", std::move(list)}};
}

std::string to_csv(const SweepHead& head, const std::vector<Store::Found>& runs, bool deterministic) {
  std::string text;
  const auto line = [&text](const json::object& run, bool is_head) {
    std::string cells;
    const auto add = [&cells](const std::string& cell) { cells += (cells.empty() ? "" : ",") + cell; };
    for (const auto& member : run.at("values").as_object())
      add(is_head ? cell_of(json::value(member.key())) : cell_of(member.value()));
    for (const auto& member : run) {
      if (member.key() == "values") continue;
      cells += "," + (is_head ? std::string(member.key()) : cell_of(member.value()));
    }
    text += cells + "\r\n";
  };
  Store::Found nothing;
  nothing.place.values.resize(head.paths.size());
  line(run_of(head, nothing, deterministic), true);
  for (const Store::Found& found : runs) line(run_of(head, found, deterministic), false);
  return text;
}

std::string to_markdown(const SweepHead& head, const std::vector<Store::Found>& runs) {
  std::string text = "|";
  for (const std::string& path : head.paths) text += " " + path + " |";
  text += " efficiency | step, one site | step, across sites | runs |\n|";
  for (std::size_t i = 0; i < head.paths.size() + 4; ++i) text += "---|";
  text += "\n";
  for (std::size_t i = 0; i < runs.size();) {
    const std::vector<std::string>& values = runs[i].place.values;
    double sum = 0, squares = 0, one = 0, across = 0;
    std::size_t valid = 0, all = 0;
    for (; i < runs.size() && runs[i].place.values == values; ++i, ++all) {
      const std::optional<RunRow>& row = runs[i].row;
      if (!row || !row->efficiency) continue;
      ++valid;
      sum += *row->efficiency;
      squares += *row->efficiency * *row->efficiency;
      one += row->step_single_site.value_or(0);
      across += row->step_across_sites.value_or(0);
    }
    text += "|";
    for (const std::string& value : values) text += " " + value + " |";
    if (valid == 0) {
      text += " | | | 0 of " + std::to_string(all) + " |\n";
      continue;
    }
    const auto n = static_cast<double>(valid);
    std::string efficiency = percent(sum / n, 2);
    if (valid > 1) efficiency += " ± " + percent(std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1)) / n), 2);
    text += " " + efficiency + " | " + seconds(one / n) + " | " + seconds(across / n) + " | " + std::to_string(valid) +
            (valid < all ? " of " + std::to_string(all) : "") + " |\n";
  }
  return text;
}

}  // namespace farlink::sweep
