// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "control/trace/byte_source.hpp"
#include "control/trace/error.hpp"
#include "control/trace/import_chakra.hpp"
#include "control/trace/import_goal.hpp"
#include "control/trace/import_goal_binary.hpp"
#include "control/trace/import_inspector.hpp"
#include "control/trace/import_layers.hpp"
#include "control/trace/import_operations.hpp"
#include "control/trace/import_param.hpp"
#include "control/trace/import_pytorch.hpp"

namespace farlink::trace {
namespace {

template <Graph (*Import)(ByteSource&, const std::string&, const ImportOptions&)>
Graph from_file(const std::filesystem::path& path, const ImportOptions& options) {
  FileSource file{path};
  return Import(file, path.string(), options);
}

// More special ones first.
constexpr std::array formats{
    Format{.name = "GOAL schedule", .fits = is_goal_text, .import = from_file<import_goal_text>},
    Format{.name = "binary GOAL schedule", .fits = is_goal_binary, .import = from_file<import_goal_binary>},
    Format{.name = "layer table of ASTRA-sim 1.0, SimAI or AICB",
           .fits = is_layer_table,
           .import = from_file<import_layers>},
    Format{.name = "operation table of AICB",
           .fits = is_operation_table,
           .import = from_file<import_operations>,
           .takes_compute = true},
    Format{.name = "PARAM comms trace",
           .fits = is_param,
           .import = [](const auto& path, const auto& options) { return import_param(path, options); },
           .replicates = true},
    Format{.name = "record of NCCL Inspector",
           .fits = is_inspector,
           .import = [](const auto& path, const auto& options) { return import_inspector(path, options); }},
    Format{.name = "PyTorch execution trace",
           .fits = is_host_trace,
           .import = [](const auto& path, const auto& options) { return import_host_trace(path, options); },
           .takes_kineto = true,
           .replicates = true},
    Format{.name = "Kineto profile",
           .fits = is_kineto,
           .import = [](const auto& path, const auto& options) { return import_kineto(path, options); },
           .replicates = true},
    Format{.name = "Chakra execution trace",
           .fits = is_chakra,
           .import = [](const auto& path, const auto& options) { return import_chakra(path, options); },
           .replicates = true},
};

}  // namespace

const Format& recognise(const std::filesystem::path& path) {
  const Specimen specimen = take_specimen(path);
  const auto format =
      std::find_if(formats.begin(), formats.end(), [&](const Format& known) { return known.fits(specimen); });
  if (format != formats.end()) return *format;
  std::string names;
  for (const Format& known : formats) names += (names.empty() ? "" : ", ") + std::string{known.name};
  throw TraceError(path.string() + ": this is no trace that Farlink knows; known are: " + names);
}

Graph import_trace(const std::filesystem::path& path, const ImportOptions& options) {
  const Format& format = recognise(path);
  if (!options.compute.empty() && !format.takes_compute)
    throw TraceError(path.string() + ": a " + std::string{format.name} +
                     " has compute times of its own, and takes none from workload.compute; take that out");
  if (!options.kineto.empty() && !format.takes_kineto)
    throw TraceError(path.string() + ": a " + std::string{format.name} +
                     " is not joined with Kineto profiles, PyTorch execution traces are; take kineto out");
  if (options.replicate && !format.replicates)
    throw TraceError(path.string() + ": a " + std::string{format.name} +
                     " says what all ranks do, so there is nothing to replicate; take replicate out");
  return format.import(path, options);
}

}  // namespace farlink::trace
