// SPDX-License-Identifier: Apache-2.0
// farlink capture: frames of a running link into a pcapng file. The process that carries them writes it.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "control/json/json.hpp"
#include "control/server/client.hpp"
#include "control/server/socket_path.hpp"
#include "tools/farlink/command.hpp"
#include "tools/farlink/interruption.hpp"
#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {
namespace {

struct CaptureOptions {
  std::string link;
  std::string at;
  std::string direction = "both";
  std::string filter;
  std::string file;
  std::string duration;
  std::string socket;
  std::uint64_t count = 0;
  std::uint32_t snap = 9'216;
};

json::object request_of(const CaptureOptions& options) {
  json::object request{{"op", "capture-start"},    {"link", options.link},
                       {"at", options.at},         {"direction", options.direction},
                       {"filter", options.filter}, {"file", std::filesystem::absolute(options.file).string()},
                       {"snap", options.snap}};
  if (options.count > 0) request["count"] = options.count;
  if (!options.duration.empty()) request["duration"] = options.duration;
  return request;
}

ExitCode capture(const CaptureOptions& options) {
  if (options.file == "-")
    throw UsageError("capture -w -: the process that runs the link writes the file; name one, then read it");
  server::Client client{server::choose_socket(options.socket)};
  catch_interruption();
  client.ask(request_of(options));
  const auto ask = [&](const char* op) { return client.ask({{"op", op}, {"link", options.link}}).at("capture"); };
  json::value report = ask("capture-status");
  while (!report.at("is_finished").as_bool() && !is_interrupted()) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    report = ask("capture-status");
  }
  if (!report.at("is_finished").as_bool()) report = ask("capture-stop");
  if (const auto& error = report.at("error").as_string(); !error.empty())
    throw UsageError("capture: " + std::string{error});
  std::printf("%s: %llu frames, %llu missed\n", report.at("file").as_string().c_str(),
              report.at("frames").to_number<unsigned long long>(), report.at("missed").to_number<unsigned long long>());
  return ExitCode::met;
}

}  // namespace

void add_capture_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("capture", "Capture frames of a running link into a pcapng file");
  const auto options = std::make_shared<CaptureOptions>();
  command->add_option("NAME", options->link, "the link")->required();
  command
      ->add_option("--at", options->at,
                   "access: as received; line: when the last bit left the serializer, lost frames too; exit: as sent")
      ->required()
      ->check(CLI::IsMember({"access", "line", "exit"}));
  command->add_option("--direction", options->direction, "both, or one as in west->east (quote it)")
      ->type_name("FROM->TO")
      ->capture_default_str();
  command->add_option("--filter", options->filter, "as tcpdump has them, for example \"udp port 4791\"")
      ->type_name("EXPR");
  command->add_option("--count", options->count, "end after so many frames")->check(CLI::PositiveNumber);
  command->add_option("--duration", options->duration, "end after so long, for example 10s")->type_name("TIME");
  command->add_option("--snap", options->snap, "bytes kept of a frame at most")
      ->check(CLI::Range(1, 9'216))
      ->capture_default_str();
  command->add_option("-w,--write", options->file, "the file, which appears when the capture is complete")
      ->type_name("FILE")
      ->required();
  command->add_option("--socket", options->socket, "which run: its scenario's name, or the path of its control socket")
      ->type_name("NAME|PATH");
  command->footer(
      "Ctrl-C completes the capture.\n"
      "examples:\n"
      "  farlink capture west-east --at exit -w exit.pcapng\n"
      "  farlink capture west-east --at line --direction 'west->east' --filter 'udp port 4791' --count 1000 -w "
      "a.pcapng");
  command->callback([&chosen, options] { chosen = [options] { return capture(*options); }; });
}

}  // namespace farlink::cli
