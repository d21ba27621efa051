// SPDX-License-Identifier: Apache-2.0
#include "control/live/live_plan_text.hpp"

#include <cmath>

#include "control/report/format.hpp"

namespace farlink::live {

using report::bytes_text, report::count_text, report::left, report::right;

namespace {

std::string million_text(double per_second) {
  const auto tenths = std::llround(per_second / 1e5);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

}  // namespace

std::string to_text(const LivePlan& plan) {
  std::string text = left("direction", 26) + right("rate", 12) + right("delay", 12) + right("in fibre", 12) +
                     right("buffers", 12) + right("frames", 14) + right("Mframes/s", 11) + right("core", 6) + "\n";
  for (const DirectionPlan& direction : plan.directions) {
    const DirectionDemand& d = direction.demand;
    text += left(d.link + ": " + d.from + "->" + d.to, 26) +
            right(report::rate_text(static_cast<double>(d.rate.bits_per_second())), 12) +
            right(report::seconds_text((d.propagation + d.other_delay).seconds()), 12) +
            right(bytes_text(direction.in_fibre.count()), 12) +
            right(bytes_text((d.near_buffer + d.far_buffer).count()), 12) + right(count_text(direction.frames), 14) +
            right(million_text(direction.frames_per_second), 11) + right(std::to_string(direction.core), 6) + "\n";
  }
  const auto row = [&text](const char* name, const std::string& value) { text += left(name, 20) + value + "\n"; };
  text += "\n";
  row("mbufs", count_text(plan.mbufs) + " = " + count_text(plan.mbufs_in_links) + " in links + " +
                   count_text(plan.mbufs_in_ports) + " in port queues + " + count_text(plan.mbufs_in_caches) +
                   " in caches, " + count_text(plan.mbuf.count()) + " bytes each");
  row("memory", bytes_text(plan.memory.count()) + " for DPDK: " + count_text(plan.hugepages) + " hugepages of 2 MiB; " +
                    bytes_text(plan.link_state.count()) + " beside it");
  row("memory bandwidth", bytes_text(plan.memory_per_second.count()) + "/s at the full rate");
  row("cores", count_text(plan.cores) + " for forwarding");
  for (const std::string& note : plan.notes) text += "\nnote: " + note;
  return plan.notes.empty() ? text : text + "\n";
}

json::object to_json(const LivePlan& plan) {
  json::array directions;
  for (const DirectionPlan& direction : plan.directions) {
    const DirectionDemand& d = direction.demand;
    directions.push_back(json::object{{"link", d.link},
                                      {"direction", d.from + "->" + d.to},
                                      {"rate_bps", d.rate.bits_per_second()},
                                      {"delay_s", (d.propagation + d.other_delay).seconds()},
                                      {"in_fibre_bytes", direction.in_fibre.count()},
                                      {"near_buffer_bytes", d.near_buffer.count()},
                                      {"far_buffer_bytes", d.far_buffer.count()},
                                      {"frames", direction.frames},
                                      {"frames_per_second", direction.frames_per_second},
                                      {"core", direction.core}});
  }
  json::array notes;
  for (const std::string& note : plan.notes) notes.push_back(json::value(note));
  return {{"directions", std::move(directions)},
          {"mbufs", json::object{{"links", plan.mbufs_in_links},
                                 {"ports", plan.mbufs_in_ports},
                                 {"caches", plan.mbufs_in_caches},
                                 {"total", plan.mbufs},
                                 {"bytes_each", plan.mbuf.count()}}},
          {"memory_bytes", plan.memory.count()},
          {"hugepages_2mib", plan.hugepages},
          {"link_state_bytes", plan.link_state.count()},
          {"memory_bytes_per_second", plan.memory_per_second.count()},
          {"cores", plan.cores},
          {"notes", std::move(notes)}};
}

}  // namespace farlink::live
