// SPDX-License-Identifier: Apache-2.0
// What /proc, /sys and the library folders of a machine say, below a root that a test may replace. What is not there
// reads as empty: kernels and containers differ in what they show.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farlink::live {

class MachineFiles {
 public:
  explicit MachineFiles(std::filesystem::path root = "/") : root_{std::move(root)} {}

  // Paths below are absolute, as on the machine: "/proc/meminfo".
  bool exists(std::string_view path) const;
  std::string text(std::string_view path) const;  // without blanks and line ends behind
  std::vector<std::string> lines(std::string_view path) const;
  std::vector<std::string> names_in(std::string_view folder) const;  // sorted
  // The last part of where a symbolic link leads: the driver of a device.
  std::string link_name(std::string_view path) const;

  // The number in "KEY: 123 kB" or "KEY:123", of /proc/meminfo and /proc/self/status.
  std::optional<std::uint64_t> number_in(std::string_view path, std::string_view key) const;

 private:
  std::filesystem::path at(std::string_view path) const;
  std::filesystem::path root_;
};

}  // namespace farlink::live
