// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "control/live/doctor_checks.hpp"

namespace farlink::live {

namespace {

// Where Debian and DPDK's own build put the drivers: LIBRARIES/dpdk/pmds-VERSION.
std::vector<std::string> driver_folders(const MachineFiles& machine) {
  std::vector<std::string> folders;
  const auto look_in = [&](const std::filesystem::path& libraries) {
    const std::filesystem::path dpdk = libraries / "dpdk";
    for (const std::string& name : machine.names_in(dpdk.string())) {
      if (name.starts_with("pmds-")) folders.push_back((dpdk / name).string());
    }
  };
  for (const std::filesystem::path libraries : {"/usr/local/lib", "/usr/local/lib64", "/usr/lib", "/usr/lib64"}) {
    look_in(libraries);
    for (const std::string& name : machine.names_in(libraries.string())) {
      if (name.find("-linux-gnu") != std::string::npos) look_in(libraries / name);
    }
  }
  return folders;
}

bool has_driver(const std::vector<std::string>& files, std::string_view driver) {
  const std::string start = "librte_" + std::string{driver} + ".so";
  return std::any_of(files.begin(), files.end(), [&start](const std::string& file) { return file.starts_with(start); });
}

}  // namespace

void check_dpdk(const MachineFiles& machine, const DoctorOptions& options, Checks& checks) {
  if (options.is_built_with_dpdk) {
    checks.push_back({"program", CheckStatus::ok, "built with DPDK", ""});
  } else {
    checks.push_back({"program", CheckStatus::missing, "built without DPDK",
                      "tools/deps --install, then: cmake --preset release && cmake --build --preset release"});
  }
  const std::vector<std::string> folders = driver_folders(machine);
  if (folders.empty()) {
    checks.push_back({"DPDK drivers", CheckStatus::missing, "no folder dpdk/pmds-* among the system's libraries",
                      "apt-get install libdpdk-dev"});
    return;
  }
  // The virtual devices that farlink up is made for; a card's driver is looked for beside the card.
  constexpr std::array<std::string_view, 7> drivers{"net_vhost", "net_af_packet", "net_tap", "net_memif",
                                                    "net_ring",  "net_pcap",      "net_null"};
  const std::vector<std::string> files = machine.names_in(folders.front());
  std::string there, missing;
  for (const std::string_view driver : drivers) {
    std::string& list = has_driver(files, driver) ? there : missing;
    list += (list.empty() ? "" : " ") + std::string{driver};
  }
  if (there.empty()) {
    checks.push_back({"DPDK drivers", CheckStatus::missing, "none for virtual devices in " + folders.front(),
                      "apt-get install libdpdk-dev"});
  } else if (!missing.empty()) {
    checks.push_back(
        {"DPDK drivers", CheckStatus::advice, there + "; not there: " + missing, "apt-get install libdpdk-dev"});
  } else {
    checks.push_back({"DPDK drivers", CheckStatus::ok, there, ""});
  }
}

}  // namespace farlink::live
