// SPDX-License-Identifier: Apache-2.0
// The checks by subject; examine() puts them in order.
#pragma once

#include <vector>

#include "control/live/doctor.hpp"

namespace farlink::live {

using Checks = std::vector<Check>;

void check_dpdk(const MachineFiles& machine, const DoctorOptions& options, Checks& checks);
void check_memory(const MachineFiles& machine, Checks& checks);      // free memory, hugepages, locked memory
void check_processors(const MachineFiles& machine, Checks& checks);  // number, isolation, governor, clocks
void check_devices(const MachineFiles& machine, Checks& checks);     // rights, network cards, vfio and IOMMU

}  // namespace farlink::live
