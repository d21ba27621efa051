// SPDX-License-Identifier: Apache-2.0
// farlink link: shows, changes and ends what a running `farlink up` does, over its control socket.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "control/json/json.hpp"
#include "control/live/summary.hpp"
#include "control/report/write_file.hpp"
#include "control/server/client.hpp"
#include "control/server/socket_path.hpp"
#include "tools/farlink/command.hpp"
#include "tools/farlink/interruption.hpp"
#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {
namespace {

struct LinkOptions {
  std::string name;  // of a link; of show: or of a run
  std::string socket;
  std::string direction = "both";
  std::vector<std::string> words;  // values of set, or an event
  std::string in = "0";
  std::string json;
  bool is_watched = false;
};

bool has_link(const json::value& state, const std::string& name) {
  const json::array& links = state.at("links").as_array();
  return std::any_of(links.begin(), links.end(), [&](const auto& link) { return link.at("name").as_string() == name; });
}

void print(const json::value& state, const json::value* earlier, const std::string& link, const LinkOptions& options) {
  std::string text;
  if (options.json == "-") {
    text = options.is_watched ? json::to_line(state) + "\n" : json::to_text(state);
  } else {
    if (!options.json.empty()) report::write_file(options.json, json::to_text(state));
    if (options.is_watched && isatty(STDOUT_FILENO) == 1) text = "\x1b[H\x1b[2J";  // a new page each time
    text += live::summary(state, earlier, link);
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

ExitCode show(const LinkOptions& options) {
  // With several runs the name says which; otherwise it is a link's.
  const std::vector<std::filesystem::path> sockets =
      options.socket.empty() && !options.name.empty() ? server::find_sockets() : std::vector<std::filesystem::path>{};
  const bool is_run =
      std::any_of(sockets.begin(), sockets.end(), [&](const auto& socket) { return socket.stem() == options.name; });
  server::Client client{server::choose_socket(is_run ? options.name : options.socket)};
  const auto ask = [&client] { return client.ask({{"op", "show"}}).at("state"); };
  json::value state = ask();
  const bool is_link = has_link(state, options.name);
  if (!options.name.empty() && !is_link && !is_run)
    throw UsageError("link show " + options.name + ": there is no such link; farlink link show names them all");
  const std::string link = is_link ? options.name : "";
  print(state, nullptr, link, options);
  if (!options.is_watched) return ExitCode::met;
  catch_interruption();
  while (!is_interrupted()) {
    for (int i = 0; i < 10 && !is_interrupted(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{100});
    if (is_interrupted()) break;
    const json::value earlier = std::move(state);
    state = ask();
    print(state, &earlier, link, options);
  }
  return ExitCode::met;
}

json::array texts(const std::vector<std::string>& words, std::size_t from) {
  json::array all;
  for (std::size_t i = from; i < words.size(); ++i) all.emplace_back(words[i]);
  return all;
}

ExitCode set(const LinkOptions& options) {
  server::Client client{server::choose_socket(options.socket)};
  const json::object answer = client.ask(
      {{"op", "set"}, {"link", options.name}, {"values", texts(options.words, 0)}, {"direction", options.direction}});
  const auto changed = answer.at("changed").to_number<std::uint64_t>();
  std::printf("%s: %s\n", options.name.c_str(),
              changed == 0   ? "nothing to change, the values were in force already"
              : changed == 1 ? "changed in one direction"
                             : "changed in both directions");
  return ExitCode::met;
}

ExitCode event(const LinkOptions& options) {
  json::object request{{"op", "event"}, {"link", options.name}, {"direction", options.direction}, {"in", options.in}};
  const std::string& kind = options.words.front();
  if (kind == "cut" && options.words.size() == 2) {
    request["cut"] = options.words[1];
  } else if (kind == "set" && options.words.size() >= 2) {
    request["values"] = texts(options.words, 1);
  } else {
    throw UsageError("link event: write it as cut 50ms, or as set loss=1% delay=2ms");
  }
  server::Client client{server::choose_socket(options.socket)};
  const double due = client.ask(request).at("due_seconds").to_number<double>();
  std::printf("%s: due at %.6f s of the run\n", options.name.c_str(), due);
  return ExitCode::met;
}

ExitCode stop(const LinkOptions& options) {
  server::Client client{server::choose_socket(options.socket)};
  client.ask({{"op", "stop"}});
  return ExitCode::met;
}

void add_socket(CLI::App& command, LinkOptions& options) {
  command.add_option("--socket", options.socket, "which run: its scenario's name, or the path of its control socket")
      ->type_name("NAME|PATH");
}

void add_direction(CLI::App& command, LinkOptions& options) {
  command.add_option("--direction", options.direction, "both, or one as in west->east (quote it)")
      ->type_name("FROM->TO")
      ->capture_default_str();
}

// A subcommand that leaves `act` to main.
CLI::App& add(CLI::App& parent, Command& chosen, const char* name, const char* help,
              const std::shared_ptr<LinkOptions>& options, ExitCode (*act)(const LinkOptions&)) {
  CLI::App* command = parent.add_subcommand(name, help);
  add_socket(*command, *options);
  command->callback([&chosen, options, act] { chosen = [options, act] { return act(*options); }; });
  return *command;
}

}  // namespace

void add_link_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("link", "Show and change the links of a running farlink up");
  command->require_subcommand(1);
  const auto options = std::make_shared<LinkOptions>();

  CLI::App& show_command = add(*command, chosen, "show", "Counters, lag, queues and values in force", options, show);
  show_command.add_option("NAME", options->name, "one link alone, or with several runs one of them");
  show_command.add_flag("--watch", options->is_watched, "again every second, until Ctrl-C");
  show_command
      .add_option("--json", options->json, "write the state as JSON; - is standard output, with --watch a line each")
      ->type_name("FILE");

  CLI::App& set_command = add(*command, chosen, "set", "Change values, all together or none", options, set);
  set_command.add_option("NAME", options->name, "the link")->required();
  set_command
      .add_option("VALUES", options->words, "keys of a link in the scenario file, such as loss=0.1% delay=1.5ms")
      ->required();
  add_direction(set_command, *options);

  CLI::App& event_command = add(*command, chosen, "event", "Put a cut or a change on the timeline", options, event);
  event_command.add_option("NAME", options->name, "the link")->required();
  event_command.add_option("EVENT", options->words, "cut 50ms, or set loss=1% delay=2ms")->required();
  event_command.add_option("--in", options->in, "how long from now")->type_name("TIME")->capture_default_str();
  add_direction(event_command, *options);

  add(*command, chosen, "stop", "End the run: drain, print the summary", options, stop);
  command->footer(
      "examples:\n"
      "  farlink link show --watch\n"
      "  farlink link set west-east loss=0.1% delay=1.5ms\n"
      "  farlink link set west-east rate=10gbit --direction 'west->east'\n"
      "  farlink link event west-east cut 50ms\n"
      "  farlink link event west-east set loss=1% --in 10s");
}

}  // namespace farlink::cli
