// SPDX-License-Identifier: Apache-2.0
// Phases as words, in traces and reports.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "control/trace/graph.hpp"

namespace farlink::trace {

// By Phase.
inline constexpr std::array<std::string_view, 8> phase_names{
    "other", "forward", "backward", "tensor", "activation", "gradient_activation", "gradient", "optimizer"};

constexpr std::string_view name_of(Phase phase) noexcept { return phase_names[static_cast<std::size_t>(phase)]; }

constexpr std::optional<Phase> phase_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < phase_names.size(); ++i) {
    if (phase_names[i] == name) return static_cast<Phase>(i);
  }
  return std::nullopt;
}

}  // namespace farlink::trace
