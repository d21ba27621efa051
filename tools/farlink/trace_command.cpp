// SPDX-License-Identifier: Apache-2.0
// farlink trace: what a job computes and sends, before it is put into a scenario; any format, or a scenario's generated
// job, as Chakra execution traces.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/json/json.hpp"
#include "control/report/format.hpp"
#include "control/report/write_file.hpp"
#include "control/scenario/parse.hpp"
#include "control/trace/error.hpp"
#include "control/trace/import.hpp"
#include "control/trace/summary.hpp"
#include "tools/farlink/command.hpp"
#include "tools/farlink/workload.hpp"
#include "tools/farlink/write_trace.hpp"

namespace farlink::cli {
namespace {

struct TraceOptions {
  std::filesystem::path input;  // a trace, or a scenario
  std::string json, output;
  std::vector<std::string> sets;
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
    text += "\n" + left("collective", 18) + left("group", 34) + right("ranks", 6) + right("calls", 12) +
            right("input of a rank", 18) + "\n";
  }
  for (const trace::CollectiveTotal& total : summary.collectives) {
    const std::string groups = total.groups == 1 ? "" : " (" + count_text(total.groups) + " groups)";
    text += left(trace::name_of(total.collective), 18) + left(total.group + groups, 34) +
            right(count_text(total.group_size), 6) + right(count_text(total.count), 12) +
            right(bytes_text(total.bytes.count()), 18) + "\n";
  }
  for (const std::string& note : graph.notes) text += "\nnote: " + note;
  return graph.notes.empty() ? text : text + "\n";
}

// Prints what the graph holds, and writes it when there is an output.
ExitCode show(const TraceOptions& options, const trace::Graph& graph) {
  const trace::Summary summary = trace::summarize(graph);
  std::string text = to_text(graph, summary);
  if (!options.output.empty()) {
    const WrittenTrace written = write_trace(graph, options.output);
    text += "\nwrote " + report::count_text(graph.ranks.size()) + " files, " + report::bytes_text(written.bytes) +
            ": " + written.first.string() + (graph.ranks.size() > 1 ? " ... " + written.last.string() : "") + "\n";
  }
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

ExitCode import(const TraceOptions& options) {
  return show(options, trace::import_trace(options.input, options.import));
}

ExitCode generate(const TraceOptions& options) {
  const std::optional<trace::Graph> graph = make_graph(scenario::load(options.input, options.sets));
  if (!graph)
    throw trace::TraceError(options.input.string() +
                            ": its workload are flows of a bench, which are no job; name a model or a trace");
  return show(options, *graph);
}

void add_json(CLI::App* command, TraceOptions& options) {
  command->add_option("--json", options.json, "write the figures as JSON; - is standard output")->type_name("FILE");
}

CLI::Option* add_output(CLI::App* command, TraceOptions& options) {
  return command->add_option("-o,--output", options.output, "write PREFIX.0.et, PREFIX.1.et, ..., one for each rank")
      ->type_name("PREFIX");
}

void add_import_options(CLI::App* command, TraceOptions& options) {
  command->add_option("PATH", options.input, "a file, the prefix of PREFIX.RANK.et, a folder, or a tar archive")
      ->required();
  command->add_option("--ranks", options.import.ranks, "of the job, where the trace does not say how many there are")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--kineto", options.import.kineto, "Kineto profiles of the same run, for PyTorch execution traces")
      ->type_name("PATH");
  command->add_flag("--replicate", options.import.replicate,
                    "let ranks that were not recorded do what a recorded one does");
  command
      ->add_option("--ranks-per-node", options.import.ranks_per_node,
                   "for tables of layers that divide ranks by the network's first dimension")
      ->check(CLI::PositiveNumber);
}

}  // namespace

void add_trace_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("trace", "Look at recorded jobs, and write jobs for others to read");
  const auto options = std::make_shared<TraceOptions>();

  CLI::App* info_command = command->add_subcommand("info", "What a recorded job computes and sends");
  add_import_options(info_command, *options);
  add_json(info_command, *options);
  info_command->footer(
      "examples:\n  farlink trace info traces/all_reduce\n  farlink trace info traces.tar.gz --json -\n"
      "  farlink trace info Resnet50_DataParallel.txt --ranks 64");
  info_command->callback([&chosen, options] { chosen = [options] { return import(*options); }; });

  CLI::App* import_command =
      command->add_subcommand("import", "A recorded job of any format as Chakra execution traces");
  add_import_options(import_command, *options);
  add_output(import_command, *options)->required();
  add_json(import_command, *options);
  import_command->footer(
      "examples:\n  farlink trace import Resnet50_DataParallel.txt --ranks 64 -o traces/resnet50\n"
      "  farlink trace import recorded.tar.gz -o traces/recorded");
  import_command->callback([&chosen, options] { chosen = [options] { return import(*options); }; });

  CLI::App* generate_command =
      command->add_subcommand("generate", "What the training step of a scenario's model computes and sends");
  generate_command->add_option("SCENARIO", options->input, "scenario file")->required();
  generate_command->add_option("--set", options->sets, "PATH=VALUE, set before; may be given several times")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->take_all();
  add_output(generate_command, *options);
  add_json(generate_command, *options);
  generate_command->footer(
      "examples:\n  farlink trace generate scenarios/field/unicom-lingang-300km.yaml\n"
      "  farlink trace generate scenarios/field/unicom-lingang-300km.yaml -o traces/gpt3 --json gpt3.json");
  generate_command->callback([&chosen, options] { chosen = [options] { return generate(*options); }; });
}

}  // namespace farlink::cli
