// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <optional>
#include <sstream>

#include "control/live/doctor_checks.hpp"
#include "control/report/format.hpp"

namespace farlink::live {

namespace {

constexpr std::uint64_t least_memory = std::uint64_t{256} << 20;  // DPDK, two ports and a short link

struct Hugepages {
  std::uint64_t kibibytes = 0;  // of one
  std::uint64_t total = 0, free = 0;
};

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<Hugepages> hugepages_of(const MachineFiles& machine) {
  constexpr const char* folder = "/sys/kernel/mm/hugepages";
  constexpr std::string_view prefix = "hugepages-";
  std::vector<Hugepages> sizes;
  for (const std::string& name : machine.names_in(folder)) {
    if (!name.starts_with(prefix)) continue;
    const std::string path = std::string{folder} + "/" + name + "/";
    sizes.push_back({number(name.substr(prefix.size())), number(machine.text(path + "nr_hugepages")),
                     number(machine.text(path + "free_hugepages"))});
  }
  return sizes;
}

void check_hugepages(const MachineFiles& machine, Checks& checks) {
  std::string found;
  std::uint64_t total = 0, free = 0;
  for (const Hugepages& size : hugepages_of(machine)) {
    total += size.total;
    free += size.free;
    if (size.total == 0) continue;
    found += (found.empty() ? "" : ", ") + report::count_text(size.free) + " of " + report::count_text(size.total) +
             " free, " + report::bytes_text(size.kibibytes << 10) + " each";
  }
  const std::string more = "sysctl -w vm.nr_hugepages=1024   (farlink plan --live says how many a scenario takes)";
  if (total == 0) {
    checks.push_back({"hugepages", CheckStatus::advice, "none: ordinary pages will be used, which is slower", more});
  } else if (free == 0) {
    checks.push_back({"hugepages", CheckStatus::advice, found + ": all are taken", more});
  } else {
    checks.push_back({"hugepages", CheckStatus::ok, found, ""});
  }
  if (total == 0) return;  // nothing to mount
  std::string mounted;
  for (const std::string& line : machine.lines("/proc/mounts")) {
    std::istringstream words{line};
    std::string device, place, type;
    words >> device >> place >> type;
    if (type == "hugetlbfs") mounted += (mounted.empty() ? "" : " ") + place;
  }
  if (mounted.empty()) {
    checks.push_back({"hugetlbfs", CheckStatus::advice, "not mounted: no sharing with vhost or memif peers",
                      "mkdir -p /dev/hugepages && mount -t hugetlbfs none /dev/hugepages"});
  } else {
    checks.push_back({"hugetlbfs", CheckStatus::ok, "mounted at " + mounted, ""});
  }
}

// The soft limit, in bytes; nothing when there is none.
std::optional<std::uint64_t> locked_memory_limit(const MachineFiles& machine) {
  constexpr std::string_view name = "Max locked memory";
  for (const std::string& line : machine.lines("/proc/self/limits")) {
    if (!line.starts_with(name)) continue;
    std::istringstream words{line.substr(name.size())};
    std::string soft;
    words >> soft;
    if (soft != "unlimited") return number(soft);
  }
  return std::nullopt;
}

}  // namespace

void check_memory(const MachineFiles& machine, Checks& checks) {
  const std::uint64_t available = machine.number_in("/proc/meminfo", "MemAvailable").value_or(0) << 10;
  const std::string found = report::bytes_text(available) + " available";
  if (available < least_memory) {
    checks.push_back({"memory", CheckStatus::missing,
                      found + ", " + report::bytes_text(least_memory) + " are the least",
                      "end other programs, or use a larger machine"});
  } else {
    checks.push_back({"memory", CheckStatus::ok, found, ""});
  }
  check_hugepages(machine, checks);
  if (const auto limit = locked_memory_limit(machine)) {
    checks.push_back({"locked memory", CheckStatus::advice,
                      "limited to " + report::bytes_text(*limit) + ": network cards on vfio need more",
                      "ulimit -l unlimited   (for good: memlock in /etc/security/limits.conf)"});
  } else {
    checks.push_back({"locked memory", CheckStatus::ok, "unlimited", ""});
  }
}

}  // namespace farlink::live
