// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "control/live/doctor_checks.hpp"

namespace farlink::live {

namespace {

struct NetworkCard {
  std::string address;  // 0000:3b:00.0
  std::string driver;   // empty: none
};

constexpr std::string_view pci = "/sys/bus/pci/devices";

std::vector<NetworkCard> network_cards(const MachineFiles& machine) {
  std::vector<NetworkCard> cards;
  for (const std::string& address : machine.names_in(pci)) {
    const std::string device = std::string{pci} + "/" + address;
    if (!machine.text(device + "/class").starts_with("0x02")) continue;  // network controllers
    cards.push_back({address, machine.link_name(device + "/driver")});
  }
  return cards;
}

template <std::size_t Count>
bool is_one_of(const std::array<std::string_view, Count>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Drivers that give a card to DPDK, and those of cards that DPDK shares with the kernel.
constexpr std::array<std::string_view, 3> dpdk_drivers{"vfio-pci", "uio_pci_generic", "igb_uio"};
constexpr std::array<std::string_view, 3> sharing_drivers{"mlx5_core", "mlx4_core", "mana"};

void check_cards(const std::vector<NetworkCard>& cards, Checks& checks) {
  std::string found;
  const NetworkCard* unbound = nullptr;
  bool has_ready = false;
  for (const NetworkCard& card : cards) {
    found +=
        (found.empty() ? "" : ", ") + card.address + " (" + (card.driver.empty() ? "no driver" : card.driver) + ")";
    const bool is_ready = is_one_of(dpdk_drivers, card.driver) || is_one_of(sharing_drivers, card.driver);
    has_ready |= is_ready;
    if (!is_ready && unbound == nullptr) unbound = &card;
  }
  if (cards.empty()) {
    checks.push_back(
        {"network cards", CheckStatus::ok, "none on PCI; vhost, af_packet, tap and memif ports need none", ""});
  } else if (has_ready) {
    checks.push_back({"network cards", CheckStatus::ok, found, ""});
  } else {
    checks.push_back({"network cards", CheckStatus::advice, found + ": none is DPDK's; other ports need none",
                      "dpdk-devbind.py --bind=vfio-pci " + unbound->address +
                          "   (takes it from the kernel: not the one you are logged in through)"});
  }
}

void check_vfio(const MachineFiles& machine, Checks& checks) {
  const bool has_iommu = !machine.names_in("/sys/kernel/iommu_groups").empty();
  const bool has_vfio = machine.exists("/sys/module/vfio_pci");
  const bool has_uio = machine.exists("/sys/module/uio_pci_generic") || machine.exists("/sys/module/igb_uio");
  const std::string unsafe = machine.text("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode");
  const bool goes_without = unsafe == "Y" || unsafe == "1";
  if (!has_vfio && !has_uio) {
    checks.push_back({"vfio", CheckStatus::advice, "module vfio-pci is not loaded; only network cards need it",
                      "modprobe vfio-pci"});
  } else {
    checks.push_back({"vfio", CheckStatus::ok, has_vfio ? "vfio-pci is loaded" : "a uio module is loaded", ""});
  }
  if (has_iommu) {
    checks.push_back({"IOMMU", CheckStatus::ok, "on", ""});
  } else if (goes_without || (has_uio && !has_vfio)) {
    checks.push_back({"IOMMU", CheckStatus::ok, "off, and the loaded module goes without", ""});
  } else {
    checks.push_back({"IOMMU", CheckStatus::advice, "off; only network cards need it",
                      "add to the kernel's command line and start again: intel_iommu=on iommu=pt   (or, without "
                      "protection: modprobe vfio enable_unsafe_noiommu_mode=1)"});
  }
}

// Effective capabilities as the kernel's bit mask.
std::uint64_t capabilities(const MachineFiles& machine) {
  constexpr std::string_view key = "CapEff:";
  for (const std::string& line : machine.lines("/proc/self/status")) {
    if (!line.starts_with(key)) continue;
    const std::size_t begin = std::min(line.find_first_not_of(" \t", key.size()), line.size());
    std::uint64_t mask = 0;
    std::from_chars(line.data() + begin, line.data() + line.size(), mask, 16);
    return mask;
  }
  return 0;
}

void check_rights(const MachineFiles& machine, Checks& checks) {
  struct Right {
    unsigned bit;
    std::string_view name;
  };
  // linux/capability.h: af_packet and tap ports want the first two, locked and huge memory the third.
  constexpr std::array<Right, 3> rights{{{12, "cap_net_admin"}, {13, "cap_net_raw"}, {14, "cap_ipc_lock"}}};
  const std::uint64_t mask = capabilities(machine);
  std::string lacks, all;
  for (const Right& right : rights) {
    all += (all.empty() ? "" : ",") + std::string{right.name};
    if ((mask >> right.bit & 1U) == 0) lacks += (lacks.empty() ? "" : ", ") + std::string{right.name};
  }
  if (lacks.empty()) {
    checks.push_back({"rights", CheckStatus::ok, "cap_net_admin, cap_net_raw, cap_ipc_lock", ""});
  } else {
    checks.push_back({"rights", CheckStatus::advice,
                      "without " + lacks + ": no af_packet or tap ports, no network cards; vhost and memif work",
                      "sudo farlink up ..., or: setcap " + all + "+ep $(readlink -f $(command -v farlink))"});
  }
}

}  // namespace

void check_devices(const MachineFiles& machine, Checks& checks) {
  check_rights(machine, checks);
  check_cards(network_cards(machine), checks);
  check_vfio(machine, checks);
}

}  // namespace farlink::live
