// SPDX-License-Identifier: Apache-2.0
#include "control/scenario/parse.hpp"

#include <fstream>
#include <iterator>
#include <system_error>

#include "control/scenario/check.hpp"
#include "control/scenario/grammar.hpp"
#include "control/scenario/hash.hpp"
#include "control/scenario/override.hpp"
#include "control/scenario/sections.hpp"
#include "control/yaml/parse.hpp"

namespace farlink::scenario {
namespace {

Scenario resolve(const yaml::Node& root) {
  const Reader top{root, root.position, ""};
  Scenario scenario;
  scenario.name = top.text("name", "");
  scenario.workload = read_workload(top);
  scenario.compute_variation = read_compute_variation(top);
  scenario.sites = read_sites(top);
  scenario.links = read_links(top, scenario.sites);
  scenario.transport = read_transport(top);
  scenario.run = read_run(top);
  scenario.expect = read_expectations(top);
  scenario.dpdk = read_dpdk(top, scenario.name);
  scenario.second_job = read_second_job(top, scenario.sites);
  check_constraints(scenario, top);
  scenario.events = read_events(top, scenario);
  scenario.armed = top.text("armed", "start") == "start" ? Armed::start : Armed::first_frame;
  scenario.hash = hash_of(scenario);
  return scenario;
}

}  // namespace

Scenario parse(std::string_view text, std::string_view file_name, std::span<const std::string> sets) {
  try {
    yaml::Node root = yaml::parse(text, file_name);
    if (root.kind == yaml::Kind::map) {
      for (const std::string& set : sets) apply_override(root, set);
    }
    check(root, scenario_section());
    Scenario scenario = resolve(root);
    scenario.directory = std::filesystem::path{file_name}.parent_path().string();
    return scenario;
  } catch (const yaml::Error& error) {
    throw ScenarioError(error.what());
  }
}

Scenario load(const std::filesystem::path& file, std::span<const std::string> sets) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error))
    throw ScenarioError(file.string() + ": is a folder; name a scenario file");
  std::ifstream stream{file, std::ios::binary};
  if (!stream)
    throw ScenarioError(file.string() + ": cannot be read; name a scenario file, such as scenarios/quick-80km.yaml");
  const std::string text{std::istreambuf_iterator<char>{stream}, std::istreambuf_iterator<char>{}};
  return parse(text, file.string(), sets);
}

}  // namespace farlink::scenario
