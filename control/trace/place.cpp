// SPDX-License-Identifier: Apache-2.0
#include "control/trace/place.hpp"

#include <string>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

std::uint64_t gpus_of(std::span<const scenario::Site> sites) {
  std::uint64_t total = 0;
  for (const scenario::Site& site : sites) total += site.gpus;
  return total;
}

std::string list_of(std::span<const scenario::Site> sites) {
  std::string text;
  for (const scenario::Site& site : sites) {
    if (!text.empty()) text += ", ";
    text += site.name + ": " + std::to_string(site.gpus);
  }
  return text;
}

bool fits(std::span<const std::uint32_t> parts, std::uint64_t gpus_per_part, std::span<const scenario::Site> sites) {
  for (std::size_t i = 0; i < sites.size(); ++i) {
    if (parts[i] == 0 || parts[i] * gpus_per_part > sites[i].gpus) return false;
  }
  return true;
}

}  // namespace

std::vector<std::uint32_t> split_over_sites(std::uint32_t parts, std::uint64_t gpus_per_part, const char* what,
                                            std::span<const scenario::Site> sites) {
  if (sites.empty()) throw TraceError("no site to place the ranks at; a scenario needs at least one under 'sites'");
  const std::uint64_t total = gpus_of(sites);
  const auto count = static_cast<std::uint32_t>(sites.size());
  std::vector<std::uint32_t> share(count, 0);
  bool is_whole = total > 0;
  for (std::size_t i = 0; i < count && is_whole; ++i) {
    is_whole = std::uint64_t{parts} * sites[i].gpus % total == 0;
    share[i] = static_cast<std::uint32_t>(std::uint64_t{parts} * sites[i].gpus / total);
  }
  if (is_whole && fits(share, gpus_per_part, sites)) return share;
  if (parts % count == 0) {
    share.assign(count, parts / count);
    if (fits(share, gpus_per_part, sites)) return share;
  }
  throw TraceError(std::to_string(parts) + " " + what + " of " + std::to_string(gpus_per_part) +
                   " GPUs do not split over the sites (GPUs " + list_of(sites) +
                   "): change gpus so that every site holds a whole number of them");
}

void place(Graph& graph, std::span<const scenario::Site> sites) {
  const std::uint64_t ranks = graph.ranks.size();
  const std::uint64_t total = gpus_of(sites);
  if (ranks > total) {
    throw TraceError(graph.source + ": " + std::to_string(ranks) + " recorded ranks need " + std::to_string(ranks) +
                     " GPUs, the sites have " + std::to_string(total) + " (" + list_of(sites) + "): raise gpus");
  }
  graph.site_of_rank.clear();
  graph.site_of_rank.reserve(ranks);
  std::uint64_t gpus_so_far = 0;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    gpus_so_far += sites[i].gpus;
    const std::uint64_t end = ranks * gpus_so_far / total;
    if (end <= graph.site_of_rank.size()) {
      throw TraceError(graph.source + ": " + std::to_string(ranks) + " recorded ranks leave site '" + sites[i].name +
                       "' empty (GPUs " + list_of(sites) + "): make the sites' gpus more alike or use fewer sites");
    }
    graph.site_of_rank.resize(end, static_cast<std::uint32_t>(i));
  }
}

}  // namespace farlink::trace
