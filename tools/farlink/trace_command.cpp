// SPDX-License-Identifier: Apache-2.0
// farlink trace info: what a recorded job computes and sends, before it is put into a scenario.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "control/json/json.hpp"
#include "control/report/format.hpp"
#include "control/report/write_file.hpp"
#include "control/trace/check.hpp"
#include "control/trace/import.hpp"
#include "control/trace/summary.hpp"
#include "tools/farlink/command.hpp"

namespace farlink::cli {
namespace {

struct InfoOptions {
  std::filesystem::path trace;
  std::string json;
  trace::ImportOptions import;
};

json::value to_json(const trace::Graph& graph, const trace::Summary& summary) {
  json::array collectives;
  for (const trace::CollectiveTotal& total : summary.collectives) {
    collectives.push_back(json::object{{"collective", trace::name_of(total.collective)},
                                       {"group", total.group},
                                       {"groups", total.groups},
                                       {"group_size", total.group_size},
                                       {"count", total.count},
                                       {"bytes", total.bytes.count()}});
  }
  json::array notes;
  for (const std::string& note : graph.notes) notes.push_back(json::value(note));
  return json::object{{"source", graph.source},
                      {"ranks", summary.ranks},
                      {"nodes", json::object{{"compute", summary.nodes_of(trace::NodeKind::compute)},
                                             {"send", summary.nodes_of(trace::NodeKind::send)},
                                             {"receive", summary.nodes_of(trace::NodeKind::receive)},
                                             {"collective", summary.nodes_of(trace::NodeKind::collective)}}},
                      {"sent_messages", summary.sent_messages},
                      {"sent_bytes", summary.sent_bytes.count()},
                      {"mean_compute_seconds", summary.mean_compute.seconds()},
                      {"longest_compute_seconds", summary.longest_compute.seconds()},
                      {"compute_share", summary.compute_share},
                      {"collectives", std::move(collectives)},
                      {"notes", std::move(notes)}};
}

std::string to_text(const trace::Graph& graph, const trace::Summary& summary) {
  using report::bytes_text, report::count_text, report::left, report::right, report::seconds_text;
  std::string text = graph.source + "\n\n";
  const auto row = [&text](const char* name, const std::string& value) { text += left(name, 22) + value + "\n"; };
  row("ranks", count_text(summary.ranks));
  row("compute nodes", count_text(summary.nodes_of(trace::NodeKind::compute)));
  row("collective nodes", count_text(summary.nodes_of(trace::NodeKind::collective)));
  row("messages", count_text(summary.sent_messages) + ", " + bytes_text(summary.sent_bytes.count()));
  row("compute of a rank", seconds_text(summary.mean_compute.seconds()) + " mean, " +
                               seconds_text(summary.longest_compute.seconds()) + " longest");
  if (!summary.collectives.empty()) {
    text += "\n" + left("collective", 18) + left("group", 26) + right("ranks", 6) + right("calls", 12) +
            right("input of a rank", 18) + "\n";
  }
  for (const trace::CollectiveTotal& total : summary.collectives) {
    const std::string groups = total.groups == 1 ? "" : " (" + count_text(total.groups) + " groups)";
    text += left(trace::name_of(total.collective), 18) + left(total.group + groups, 26) +
            right(count_text(total.group_size), 6) + right(count_text(total.count), 12) +
            right(bytes_text(total.bytes.count()), 18) + "\n";
  }
  for (const std::string& note : graph.notes) text += "\nnote: " + note;
  return graph.notes.empty() ? text : text + "\n";
}

ExitCode info(const InfoOptions& options) {
  trace::Graph graph = trace::import_trace(options.trace, options.import);
  const trace::Summary summary = trace::summarize(graph);
  std::string text = to_text(graph, summary);
  if (!options.json.empty()) {
    const std::string document = json::to_text(to_json(graph, summary));
    if (options.json == "-") {
      text = document;
    } else {
      report::write_file(options.json, document);
    }
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return ExitCode::met;
}

}  // namespace

void add_trace_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("trace", "Look at recorded jobs");
  CLI::App* info_command = command->add_subcommand("info", "What a recorded job computes and sends");
  auto options = std::make_shared<InfoOptions>();
  info_command->add_option("PATH", options->trace, "a file, the prefix of PREFIX.RANK.et, a folder, or a tar archive")
      ->required();
  info_command->add_option("--json", options->json, "write the figures as JSON; - is standard output")
      ->type_name("FILE");
  info_command->add_option("--ranks", options->import.ranks, "for tables of layers that do not say how many there are")
      ->check(CLI::PositiveNumber);
  info_command
      ->add_option("--ranks-per-node", options->import.ranks_per_node,
                   "for tables of layers that divide ranks by the network's first dimension")
      ->check(CLI::PositiveNumber);
  info_command->footer(
      "examples:\n  farlink trace info traces/all_reduce\n  farlink trace info traces.tar.gz --json -\n"
      "  farlink trace info Resnet50_DataParallel.txt --ranks 64");
  info_command->callback([&chosen, options] { chosen = [options] { return info(*options); }; });
}

}  // namespace farlink::cli
