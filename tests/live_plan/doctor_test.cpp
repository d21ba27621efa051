// SPDX-License-Identifier: Apache-2.0
// The doctor over trees of files: a machine made for the purpose, a bare container, and each thing that can be wrong.
#include "control/live/doctor.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace farlink::live {
namespace {

namespace fs = std::filesystem;

// A machine below a folder of its own, on which everything is as it should be.
class Machine {
 public:
  Machine() {
    std::string name = (fs::temp_directory_path() / "farlink-doctor-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    root_ = name;
    write("proc/meminfo", "MemTotal:       65536000 kB\nMemFree:  100 kB\nMemAvailable:   33554432 kB\n");
    write("proc/mounts", "proc /proc proc rw 0 0\nnone /dev/hugepages hugetlbfs rw 0 0\n");
    write("proc/self/limits",
          "Limit  Soft Limit  Hard Limit  Units\nMax locked memory         unlimited   unlimited   bytes\n");
    write("proc/self/status", "Name:\tfarlink\nCapEff:\t0000000000007000\n");
    write("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu tsc constant_tsc nonstop_tsc\n\nprocessor\t: 1\n");
    write("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "1024\n");
    write("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "1000\n");
    write("sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "0\n");
    write("sys/devices/system/cpu/isolated", "1\n");
    write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "performance\n");
    write("sys/devices/system/cpu/cpufreq/boost", "1\n");
    write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    write("sys/kernel/iommu_groups/0/type", "DMA\n");
    write("sys/module/vfio_pci/version", "0.2\n");
    card("0000:3b:00.0", "vfio-pci");
    write("sys/bus/pci/devices/0000:00:1f.2/class", "0x010601\n");  // a disk controller
    for (const char* driver : {"vhost", "af_packet", "tap", "memif", "ring", "pcap", "null"}) {
      write(drivers + ("/librte_net_" + std::string{driver}) + ".so.23", "");
    }
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream{root_ / path} << text;
  }
  void remove(const std::string& path) const { fs::remove_all(root_ / path); }
  void card(const std::string& address, const std::string& driver) const {
    const fs::path device = root_ / "sys/bus/pci/devices" / address;
    write("sys/bus/pci/devices/" + address + "/class", "0x020000\n");
    fs::remove(device / "driver");
    if (!driver.empty()) fs::create_symlink("../../../bus/pci/drivers/" + driver, device / "driver");
  }
  Diagnosis examined(DoctorOptions options = {}) const { return examine(MachineFiles{root_}, options); }
  Check check(const std::string& name, DoctorOptions options = {}) const {
    for (const Check& check : examined(options).checks) {
      if (check.name == name) return check;
    }
    throw std::runtime_error("no check named " + name);
  }

  static constexpr const char* drivers = "usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0";

 private:
  fs::path root_;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("a machine on which everything is as it should be") {
  const Machine machine;
  const Diagnosis diagnosis = machine.examined();
  for (const Check& check : diagnosis.checks) {
    INFO(check.name << ": " << check.found);
    CHECK(check.status == CheckStatus::ok);
    CHECK(check.mend.empty());
    CHECK_FALSE(check.found.empty());
  }
  CHECK(diagnosis.is_live_possible());
  CHECK(machine.check("memory").found == "32 GiB available");
  CHECK(machine.check("hugepages").found == "1,000 of 1,024 free, 2 MiB each");
  CHECK(machine.check("hugetlbfs").found == "mounted at /dev/hugepages");
  CHECK(machine.check("network cards").found == "0000:3b:00.0 (vfio-pci)");
  CHECK(machine.check("CPUs").found == "2");
}

TEST_CASE("a bare machine: every check says what to do, and DPDK and memory alone are indispensable") {
  const fs::path nowhere = fs::temp_directory_path() / "farlink-no-such-machine";
  const Diagnosis diagnosis = examine(MachineFiles{nowhere}, {.is_built_with_dpdk = false});
  std::vector<std::string> missing;
  for (const Check& check : diagnosis.checks) {
    INFO(check.name << ": " << check.found);
    CHECK(check.mend.empty() == (check.status == CheckStatus::ok));
    if (check.status == CheckStatus::missing) missing.push_back(check.name);
  }
  CHECK(missing == std::vector<std::string>{"program", "DPDK drivers", "memory"});
  CHECK_FALSE(diagnosis.is_live_possible());
}

TEST_CASE("each lack by itself") {
  struct Row {
    std::string path, text, check;
    CheckStatus status;
    std::string found, mend;
  };
  const std::string cpu = "sys/devices/system/cpu/";
  const std::string huge = "sys/kernel/mm/hugepages/hugepages-2048kB/";
  const std::string clock = "sys/devices/system/clocksource/clocksource0/current_clocksource";
  constexpr CheckStatus advice = CheckStatus::advice, missing = CheckStatus::missing;
  const std::vector<Row> rows{
      {"proc/meminfo", "MemAvailable: 262143 kB\n", "memory", missing, "256 MiB", "end other programs"},
      {huge + "nr_hugepages", "0\n", "hugepages", advice, "none", "sysctl -w vm.nr_hugepages="},
      {huge + "free_hugepages", "0\n", "hugepages", advice, "all are taken", "sysctl -w vm.nr_hugepages="},
      {"proc/mounts", "proc /proc proc rw 0 0\n", "hugetlbfs", advice, "not mounted", "mount -t hugetlbfs"},
      {"proc/self/limits", "Max locked memory  8388608  8388608  bytes\n", "locked memory", advice, "8 MiB",
       "ulimit -l"},
      {"proc/self/status", "CapEff:\t0000000000006000\n", "rights", advice, "without cap_net_admin:", "setcap"},
      {"proc/self/status", "CapEff:\t0000000000000000\n", "rights", advice,
       "without cap_net_admin, cap_net_raw, cap_ipc_lock", "setcap"},
      {"proc/cpuinfo", "processor : 0\nflags : tsc constant_tsc nonstop_tsc\n", "CPUs", advice, "1:", "yield"},
      {"proc/cpuinfo", "processor : 0\nprocessor : 1\nflags : tsc constant_tsc_x nonstop_tsc\n", "time-stamp counter",
       advice, "promise constant_tsc:", "invtsc"},
      {cpu + "isolated", "\n", "isolated CPUs", advice, "none", "isolcpus=1"},
      {cpu + "cpu1/cpufreq/scaling_governor", "powersave\n", "CPU frequency", advice, "performance, powersave",
       "cpupower frequency-set -g performance"},
      {clock, "hpet\n", "clock source", advice, "hpet", "clocksource=tsc"},
  };
  for (const Row& row : rows) {
    const Machine machine;
    machine.write(row.path, row.text);
    const Check check = machine.check(row.check);
    INFO(row.path << ": " << check.found << " / " << check.mend);
    CHECK(check.status == row.status);
    CHECK(contains(check.found, row.found));
    CHECK(contains(check.mend, row.mend));
    CHECK(machine.examined().is_live_possible() == (row.status == advice));
  }
}

TEST_CASE("the least memory is enough") {
  const Machine machine;
  machine.write("proc/meminfo", "MemAvailable: 262144 kB\n");
  CHECK(machine.check("memory").status == CheckStatus::ok);
}

TEST_CASE("network cards by driver") {
  const Machine machine;
  for (const char* driver : {"vfio-pci", "uio_pci_generic", "igb_uio", "mlx5_core"}) {
    machine.card("0000:3b:00.0", driver);
    CHECK(machine.check("network cards").status == CheckStatus::ok);
  }
  machine.card("0000:3b:00.0", "ixgbe");
  Check check = machine.check("network cards");
  CHECK(check.status == CheckStatus::advice);
  CHECK(contains(check.found, "0000:3b:00.0 (ixgbe)"));
  CHECK(contains(check.mend, "--bind=vfio-pci 0000:3b:00.0"));
  machine.card("0000:3b:00.0", "");
  CHECK(contains(machine.check("network cards").found, "(no driver)"));
  machine.remove("sys/bus/pci/devices/0000:3b:00.0");
  check = machine.check("network cards");
  CHECK(check.status == CheckStatus::ok);
  CHECK(contains(check.found, "none on PCI"));
}

TEST_CASE("vfio, uio and the IOMMU") {
  const Machine machine;
  machine.remove("sys/kernel/iommu_groups");
  CHECK(machine.check("IOMMU").status == CheckStatus::advice);
  machine.write("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");
  CHECK(machine.check("IOMMU").status == CheckStatus::ok);
  machine.remove("sys/module");
  CHECK(machine.check("vfio").mend == "modprobe vfio-pci");
  CHECK(machine.check("IOMMU").status == CheckStatus::advice);
  machine.write("sys/module/uio_pci_generic/version", "1\n");
  CHECK(machine.check("vfio").status == CheckStatus::ok);
  CHECK(machine.check("IOMMU").status == CheckStatus::ok);
}

TEST_CASE("drivers: some are better than none") {
  const Machine machine;
  machine.remove(std::string{Machine::drivers} + "/librte_net_vhost.so.23");
  const Check check = machine.check("DPDK drivers");
  CHECK(check.status == CheckStatus::advice);
  CHECK(contains(check.found, "not there: net_vhost"));
  machine.remove(Machine::drivers);
  CHECK(machine.check("DPDK drivers").status == CheckStatus::missing);
  machine.write("usr/local/lib64/dpdk/pmds-24.1/librte_net_null.so", "");
  CHECK(machine.check("DPDK drivers").status == CheckStatus::advice);
}

TEST_CASE("a kernel without a governor, a processor that is no x86") {
  const Machine machine;
  machine.remove("sys/devices/system/cpu/cpu0");
  machine.remove("sys/devices/system/cpu/cpu1");
  CHECK(machine.check("CPU frequency").status == CheckStatus::ok);
  machine.write("proc/cpuinfo", "processor : 0\nBogoMIPS : 50\nprocessor : 1\nFeatures : fp\n");
  CHECK(machine.check("time-stamp counter").status == CheckStatus::ok);
}

TEST_CASE("text and JSON") {
  const Machine machine;
  const std::string well = to_text(machine.examined());
  CHECK(contains(well, "\nlive use is possible\n"));
  CHECK_FALSE(contains(well, "mend:"));
  machine.write("sys/devices/system/cpu/isolated", "");
  const Diagnosis diagnosis = machine.examined({.is_built_with_dpdk = false});
  const std::string text = to_text(diagnosis);
  CHECK(contains(text, "missing  program             built without DPDK\n"));
  CHECK(contains(text, "mend: tools/deps --install"));
  CHECK(contains(text, "\nlive use is impossible: 1 missing; 1 of " + std::to_string(diagnosis.checks.size()) +
                           " could be better\n"));
  const json::object json = to_json(diagnosis);
  CHECK_FALSE(json.at("is_live_possible").as_bool());
  CHECK(json.at("checks").as_array().size() == diagnosis.checks.size());
  CHECK(json.at("checks").at(0).at("status").as_string() == "missing");
  CHECK(json.at("checks").at(0).at("name").as_string() == "program");
}

}  // namespace
}  // namespace farlink::live
