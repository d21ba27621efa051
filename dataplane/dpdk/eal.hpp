// SPDX-License-Identifier: Apache-2.0
// DPDK's environment for this process: memory, lcores, and nothing else; devices are attached afterwards, each with its
// own message. One per process, since DPDK cannot start twice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace farlink::dpdk {

enum class HugepageUse : std::uint8_t { automatic, on, off };

struct EalOptions {
  std::string name = "farlink";    // of the runtime folder and its telemetry socket: [a-z0-9-]+
  std::vector<unsigned> cpus;      // one lcore each; empty: the last CPU this process may use
  std::uint64_t memory_bytes = 0;  // to be had for mempools; hugepages or, without them, ordinary pages
  HugepageUse hugepages = HugepageUse::automatic;
  bool uses_pci = false;
  std::vector<std::string> args;  // passed on as they are, last
};

class Eal {
 public:
  // Throws DeviceError with what DPDK said, and how to mend it.
  explicit Eal(const EalOptions& options);
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  // The lcores that run workers, in the order of EalOptions::cpus. The calling thread is none of them.
  const std::vector<unsigned>& lcores() const noexcept { return lcores_; }
  const std::vector<unsigned>& cpus() const noexcept { return cpus_; }
  bool has_hugepages() const noexcept { return has_hugepages_; }
  // Whether a worker shares its CPU with the control thread, because there is no other.
  bool shares_cpus() const noexcept { return shares_cpus_; }

 private:
  std::vector<unsigned> lcores_, cpus_;
  std::string runtime_folder_;
  bool has_hugepages_ = false;
  bool shares_cpus_ = false;
};

// Free hugepage memory of the machine in bytes, all sizes.
std::uint64_t free_hugepage_bytes();

}  // namespace farlink::dpdk
