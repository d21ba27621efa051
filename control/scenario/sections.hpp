// SPDX-License-Identifier: Apache-2.0
// From the sections of a checked document to the structs of scenario.hpp. Every function throws ScenarioError when
// values that are sound by themselves do not go together.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "control/scenario/reader.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

// The sites in the order of the file, NIC rates that follow a link resolved, ports included.
std::vector<Site> read_sites(const Reader& top);

std::vector<Link> read_links(const Reader& top, const std::vector<Site>& sites);

// One direction from the keys of a link; `access`: what a convergence divides.
DirectionSettings read_direction(const Reader& link, BitRate access);
Lossless read_lossless(const Reader& link);

// The forward rate that the link itself names by `rate` or `waves`; zero when it follows from the access capacity.
BitRate own_rate(const Reader& link);

// The two names of `between`.
std::pair<std::string, std::string> read_between(const Reader& link);

Transport read_transport(const Reader& top);
// `name` is one of the grammar's words. Values and their sources: docs/model.md.
Transport transport_preset(std::string_view name);
CongestionControl read_congestion_control(const Reader& transport);
Workload read_workload(const Reader& top);
ComputeVariation read_compute_variation(const Reader& top);
std::optional<SecondJob> read_second_job(const Reader& top, const std::vector<Site>& sites);
Run read_run(const Reader& top);
// What `run` says of hours; unset without `duration`.
std::optional<LongRun> read_long_run(const Reader& top, const Run& run);
std::vector<Expectation> read_expectations(const Reader& top);

// Gives each site its ports. Nothing happens without the key.
void read_ports(const Reader& top, std::vector<Site>& sites);
Dpdk read_dpdk(const Reader& top, const std::string& name);
// In order of time; each is held against what is in force when it happens. The scenario has its links already.
std::vector<Event> read_events(const Reader& top, const Scenario& scenario);
std::optional<Faults> read_faults(const Reader& link);

// A buffer below one frame would drop everything.
void check_buffers(const Scenario& scenario, const Lossless& values, const Reader& lossless);

// Live, nobody knows who sent a frame: the near edge answers no marks. `direction`: a link, or its reverse.
void check_marking(const Scenario& scenario, const DirectionSettings& values, const Reader& direction);

// What depends on more than one section: ranks against sites, placement against links, flows against NICs.
void check_constraints(const Scenario& scenario, const Reader& top);

}  // namespace farlink::scenario
