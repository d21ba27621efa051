// SPDX-License-Identifier: Apache-2.0
// What a machine lacks for live use, and the command that mends each. Reads files alone: it needs neither DPDK nor
// rights, and changes nothing.
#pragma once

#include <string>
#include <vector>

#include "control/json/json.hpp"
#include "control/live/machine_files.hpp"

namespace farlink::live {

enum class CheckStatus : std::uint8_t {
  ok,
  advice,   // live use is possible, but slower, less exact, or not with every kind of port
  missing,  // live use is impossible
};

struct Check {
  std::string name;
  CheckStatus status = CheckStatus::ok;
  std::string found;  // what there is
  std::string mend;   // a command, or what to do where there is none; empty when ok
};

struct DoctorOptions {
  bool is_built_with_dpdk = true;  // this program
};

struct Diagnosis {
  std::vector<Check> checks;
  bool is_live_possible() const noexcept;  // nothing is missing
};

Diagnosis examine(const MachineFiles& machine, const DoctorOptions& options);

// A table for a terminal; with a verdict in the last line.
std::string to_text(const Diagnosis& diagnosis);
// {"is_live_possible", "checks": [{name, status, found, mend}]}
json::object to_json(const Diagnosis& diagnosis);

}  // namespace farlink::live
