// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/eal.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <sched.h>
#include <system_error>

#include "dataplane/dpdk/error.hpp"
#include "dataplane/dpdk/log_text.hpp"

namespace farlink::dpdk {
namespace {

namespace fs = std::filesystem;

std::vector<unsigned> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<unsigned> cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

std::string joined(const std::vector<unsigned>& numbers) {
  std::string text;
  for (unsigned number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

std::vector<unsigned> choose_cpus(const std::vector<unsigned>& wanted, const std::vector<unsigned>& usable) {
  if (wanted.empty()) return {usable.back()};
  for (unsigned cpu : wanted) {
    if (std::find(usable.begin(), usable.end(), cpu) == usable.end()) {
      throw DeviceError("dpdk.lcores: CPU " + std::to_string(cpu) + " is not one this process may use (" +
                        joined(usable) + "); name others, or start it with taskset or a larger cpuset");
    }
  }
  return wanted;
}

// Lcore 0 is the calling thread, free to run wherever no worker is; worker i is lcore i + 1, pinned.
std::string lcore_map(const std::vector<unsigned>& cpus, const std::vector<unsigned>& usable) {
  std::vector<unsigned> others;
  for (unsigned cpu : usable)
    if (std::find(cpus.begin(), cpus.end(), cpu) == cpus.end()) others.push_back(cpu);
  std::string map = "0@(" + joined(others.empty() ? usable : others) + ")";
  for (std::size_t i = 0; i < cpus.size(); ++i) map += "," + std::to_string(i + 1) + "@" + std::to_string(cpus[i]);
  return map;
}

std::string advice(bool wanted_hugepages) {
  if (wanted_hugepages) {
    return "\nhugepages: free " + std::to_string(free_hugepage_bytes() >> 20) +
           " MiB; reserve more (echo 1024 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages), or set "
           "dpdk.hugepages: off; farlink doctor says what else is missing";
  }
  return "\nfarlink doctor says what is missing for live use";
}

}  // namespace

std::uint64_t free_hugepage_bytes() {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/sys/kernel/mm/hugepages", error)) {
    const std::string name = entry.path().filename();  // hugepages-2048kB
    const auto dash = name.find('-');
    std::uint64_t pages = 0;
    if (dash == std::string::npos || !(std::ifstream{entry.path() / "free_hugepages"} >> pages)) continue;
    bytes += pages * std::strtoull(name.c_str() + dash + 1, nullptr, 10) * 1024U;
  }
  return bytes;
}

Eal::Eal(const EalOptions& options) {
  const std::vector<unsigned> usable = usable_cpus();
  cpus_ = choose_cpus(options.cpus, usable);
  shares_cpus_ = cpus_.size() >= usable.size();
  has_hugepages_ = options.hugepages == HugepageUse::on ||
                   (options.hugepages == HugepageUse::automatic && free_hugepage_bytes() >= options.memory_bytes &&
                    free_hugepage_bytes() > 0);
  const std::uint64_t mebibytes = std::max<std::uint64_t>(64, (options.memory_bytes >> 20) + 1);

  std::vector<std::string> words{"farlink",    "--lcores", lcore_map(cpus_, usable), "--file-prefix",
                                 options.name, "-m",       std::to_string(mebibytes)};
  // No files, in hugetlbfs or elsewhere, that a crash would leave behind. (DPDK refuses --in-memory with --no-huge.)
  if (has_hugepages_) {
    words.emplace_back("--in-memory");
  } else {
    words.insert(words.end(), {"--no-huge", "--no-shconf"});
  }
  if (!options.uses_pci) words.emplace_back("--no-pci");
  words.insert(words.end(), options.args.begin(), options.args.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  LogText log;
  const int started = rte_eal_init(static_cast<int>(words.size()), argv.data());
  if (started < 0) {
    throw DeviceError(std::string("DPDK does not start: ") + rte_strerror(rte_errno) + log.indented() +
                      advice(has_hugepages_));
  }
  runtime_folder_ = rte_eal_get_runtime_dir();
  for (std::size_t i = 0; i < cpus_.size(); ++i) lcores_.push_back(static_cast<unsigned>(i + 1));
}

Eal::~Eal() {
  const std::string folder = runtime_folder_;
  rte_eal_cleanup();
  std::error_code ignored;  // DPDK leaves its folder, and after an interruption its telemetry socket
  if (!folder.empty() && folder.find("/dpdk/") != std::string::npos) fs::remove_all(folder, ignored);
}

}  // namespace farlink::dpdk
