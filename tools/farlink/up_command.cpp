// SPDX-License-Identifier: Apache-2.0
// farlink up: the links of a scenario between real DPDK ports, until Ctrl-C or `farlink link stop`.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <spdlog/spdlog.h>
#include <string>
#include <vector>

#include "control/json/json.hpp"
#include "control/live/admission.hpp"
#include "control/live/forwarder_dataplane.hpp"
#include "control/live/live_plan_text.hpp"
#include "control/live/session.hpp"
#include "control/live/summary.hpp"
#include "control/report/write_file.hpp"
#include "control/scenario/parse.hpp"
#include "control/scenario/variants.hpp"
#include "control/server/live_server.hpp"
#include "control/server/socket_path.hpp"
#include "dataplane/dpdk/telemetry.hpp"
#include "tools/farlink/command.hpp"
#include "tools/farlink/interruption.hpp"
#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {
namespace {

struct UpOptions {
  std::filesystem::path scenario;
  std::vector<std::string> sets;
  std::string socket;
  std::string json;
};

// Everything that can be inside leaves within the longest delay and the time that the buffers take to drain.
units::Duration patience(const live::LivePlan& plan) {
  units::Duration longest = units::Duration::milliseconds(100);
  for (const live::DirectionPlan& direction : plan.directions) {
    const live::DirectionDemand& d = direction.demand;
    longest = std::max(longest,
                       d.propagation + d.other_delay + units::serialization_time(d.near_buffer + d.far_buffer, d.rate));
  }
  return std::min(longest, units::Duration::seconds(10));
}

std::string json_text(json::object state) { return json::to_text(json::value(std::move(state))); }

void tell_start(const dpdk::Forwarder& forwarder, const dpdk::Eal& eal, const live::LivePlan& plan,
                const std::string& socket) {
  std::string text = live::to_text(plan);
  text += eal.has_hugepages() ? "memory from hugepages\n" : "memory from ordinary pages: no hugepages, or not enough\n";
  for (const dpdk::PortSnapshot& port : forwarder.snapshot().ports) {
    text += port.name + "  " + port.device + "  (" + port.driver + ", link " + (port.is_up ? "up" : "down") +
            ", frames up to " + std::to_string(port.largest_frame) + " B)\n";
  }
  for (std::size_t i = 0; i < eal.cpus().size(); ++i)
    text += "lcore " + std::to_string(eal.lcores()[i]) + " on CPU " + std::to_string(eal.cpus()[i]) + "\n";
  text += "control socket: " + socket + "\nrunning; Ctrl-C ends it\n";
  std::fputs(text.c_str(), stderr);
}

ExitCode up(const UpOptions& options) {
  const scenario::Scenario scenario = scenario::load(options.scenario, options.sets);
  for (const scenario::Site& site : scenario.sites)
    if (site.ports.empty())
      throw UsageError(options.scenario.string() + ": site '" + site.name + "' has no ports; `ports: {" + site.name +
                       ": [\"net_af_packet0,iface=eth0\"]}` gives it one");
  if (scenario.armed == scenario::Armed::first_frame)
    throw UsageError(options.scenario.string() +
                     ": armed: first-frame is for runs in virtual time; live, events count "
                     "from the start of the links: leave it out, and give events later with farlink link event");
  for (const scenario::Link& link : scenario.links)
    if (link.balancer == scenario::Balancer::planned)
      throw UsageError(options.scenario.string() + ": links." + link.name +
                       ".balancer: planned needs one who knows every queue pair, which live traffic does not tell; use "
                       "ecmp, flowlet or per-packet");
  if (scenario::has_background(scenario))
    throw UsageError(options.scenario.string() +
                     ": links.NAME.background is for runs in virtual time; live, traffic of others comes through the "
                     "ports: leave it out");
  const live::LivePlan plan = live::plan_live(live::demand_of(scenario));
  catch_interruption();
  const std::filesystem::path socket =
      options.socket.empty() ? server::default_socket(scenario.name) : std::filesystem::path(options.socket);
  server::LiveServer server{socket};

  const dpdk::Eal eal{live::eal_options(scenario, plan)};
  dpdk::Forwarder forwarder{live::forwarder_config(scenario, plan), eal.lcores()};
  const dpdk::Telemetry telemetry{forwarder};
  live::ForwarderDataplane dataplane{forwarder};
  live::SessionOptions session_options;
  session_options.version = FARLINK_VERSION;
  session_options.admit = live::admit_within(plan);
  live::Session session{scenario, dataplane, session_options};

  forwarder.start();
  tell_start(forwarder, eal, plan, socket.string());
  const bool was_asked = server.run(session, is_interrupted, [&forwarder] { forwarder.watch(); });
  spdlog::info("draining");
  forwarder.stop(patience(plan));

  const bool is_valid = session.is_valid();
  json::object state = session.state();
  std::string text = live::summary(json::value(state));
  if (options.json == "-") {
    text = json_text(std::move(state));
  } else if (!options.json.empty()) {
    report::write_file(options.json, json_text(std::move(state)));
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!is_valid) return ExitCode::invalid_run;
  static_cast<void>(was_asked);  // Ctrl-C is how a live run ends: that is no failure
  return ExitCode::met;
}

}  // namespace

void add_up_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("up", "Run a scenario's links between DPDK ports, for real traffic");
  auto options = std::make_shared<UpOptions>();
  command->add_option("SCENARIO", options->scenario, "a YAML file with `ports:`")->required();
  command->add_option("--set", options->sets, "change a value, for example links.west-east.loss=10ppm; may be repeated")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->take_all();
  command->add_option("--socket", options->socket, "the control socket; NAME.sock in the runtime folder when not given")
      ->type_name("PATH");
  command->add_option("--json", options->json, "write the final state as JSON; - is standard output")
      ->type_name("FILE");
  command->footer(
      "Ctrl-C, or a stop request on the control socket, drains the links, prints the summary and leaves nothing "
      "behind.\n"
      "examples:\n"
      "  farlink up scenarios/lab/live-two-ports.yaml\n"
      "  farlink up scenarios/lab/live-vhost.yaml --set links.west-east.distance=80km --json state.json\n"
      "  farlink link show --watch          in another terminal\n"
      "\n"
      "exit status: 0 valid, 2 usage, input, device or memory, 3 the run was not valid (frames late or missed)");
  command->callback([&chosen, options] { chosen = [options] { return up(*options); }; });
}

}  // namespace farlink::cli
