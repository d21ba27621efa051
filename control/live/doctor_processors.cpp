// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <set>

#include "control/live/doctor_checks.hpp"

namespace farlink::live {

namespace {

constexpr std::string_view cpus = "/sys/devices/system/cpu";

bool has_word(const std::string& line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
    const bool begins = at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t';
    const std::size_t end = at + word.size();
    if (begins && (end == line.size() || line[end] == ' ')) return true;
  }
  return false;
}

std::size_t cpu_count(const MachineFiles& machine) {
  const auto lines = machine.lines("/proc/cpuinfo");
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [](const std::string& line) { return line.starts_with("processor"); }));
}

void check_cores(const MachineFiles& machine, Checks& checks) {
  const std::size_t count = cpu_count(machine);
  if (count < 2) {
    checks.push_back({"CPUs", CheckStatus::advice,
                      std::to_string(count) + ": forwarding shares it with everything else",
                      "set dpdk.idle: yield, and expect gaps; or use a machine with more"});
  } else {
    checks.push_back({"CPUs", CheckStatus::ok, std::to_string(count), ""});
  }
  const std::string isolated = machine.text(std::string{cpus} + "/isolated");
  if (!isolated.empty()) {
    checks.push_back({"isolated CPUs", CheckStatus::ok, isolated + "   (name them in dpdk.lcores)", ""});
    return;
  }
  const std::string last = std::to_string(count < 2 ? 0 : count - 1);
  checks.push_back({"isolated CPUs", CheckStatus::advice, "none: the kernel interrupts forwarding now and then",
                    "add to the kernel's command line and start again: isolcpus=" + last + " nohz_full=" + last +
                        " rcu_nocbs=" + last});
}

void check_governor(const MachineFiles& machine, Checks& checks) {
  std::set<std::string> governors;
  for (const std::string& name : machine.names_in(cpus)) {
    if (!name.starts_with("cpu") || name.size() < 4 || std::isdigit(static_cast<unsigned char>(name[3])) == 0) continue;
    const std::string governor = machine.text(std::string{cpus} + "/" + name + "/cpufreq/scaling_governor");
    if (!governor.empty()) governors.insert(governor);
  }
  if (governors.empty()) {
    checks.push_back({"CPU frequency", CheckStatus::ok, "not governed by this kernel", ""});
  } else if (governors == std::set<std::string>{"performance"}) {
    checks.push_back({"CPU frequency", CheckStatus::ok, "governor performance", ""});
  } else {
    std::string list;
    for (const std::string& governor : governors) list += (list.empty() ? "" : ", ") + governor;
    checks.push_back({"CPU frequency", CheckStatus::advice, "governor " + list + ": frames wait for the clock to rise",
                      "cpupower frequency-set -g performance"});
  }
}

void check_clocks(const MachineFiles& machine, Checks& checks) {
  std::string flags;
  for (const std::string& line : machine.lines("/proc/cpuinfo")) {
    if (line.starts_with("flags")) flags = line;
    if (!flags.empty()) break;
  }
  const bool is_constant = has_word(flags, "constant_tsc"), is_nonstop = has_word(flags, "nonstop_tsc");
  if (flags.empty()) {  // not x86: the counter is architected and does not stop
    checks.push_back({"time-stamp counter", CheckStatus::ok, "not an x86 processor", ""});
  } else if (is_constant && is_nonstop) {
    checks.push_back({"time-stamp counter", CheckStatus::ok, "constant, never stops", ""});
  } else {
    const std::string lacks = is_constant  ? "nonstop_tsc"
                              : is_nonstop ? "constant_tsc"
                                           : "constant_tsc and nonstop_tsc";
    checks.push_back({"time-stamp counter", CheckStatus::advice,
                      "the processor does not promise " + lacks + ": watch the clock drift that farlink up reports",
                      "in a virtual machine: pass the host's CPU through (qemu -cpu host,+invtsc)"});
  }
  const std::string folder = "/sys/devices/system/clocksource/clocksource0/";
  const std::string current = machine.text(folder + "current_clocksource");
  if (current == "tsc" || current == "kvm-clock" || current == "arch_sys_counter") {
    checks.push_back({"clock source", CheckStatus::ok, current, ""});
    return;
  }
  const bool has_tsc = has_word(machine.text(folder + "available_clocksource"), "tsc");
  checks.push_back({"clock source", CheckStatus::advice,
                    (current.empty() ? "unknown" : current) + std::string{": reading the time is slow or coarse"},
                    has_tsc ? "echo tsc > " + folder + "current_clocksource"
                            : "add to the kernel's command line and start again: clocksource=tsc tsc=reliable"});
}

}  // namespace

void check_processors(const MachineFiles& machine, Checks& checks) {
  check_cores(machine, checks);
  check_governor(machine, checks);
  check_clocks(machine, checks);
}

}  // namespace farlink::live
