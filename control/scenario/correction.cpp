// SPDX-License-Identifier: Apache-2.0
#include "control/scenario/correction.hpp"

#include <array>
#include <cstddef>

namespace farlink::scenario {
namespace {

constexpr std::array<std::string_view, 5> names{"none", "kp4", "kr4", "cfec", "ofec"};  // in the order of Fec::Code

}  // namespace

std::string_view code_text(Fec::Code code) noexcept { return names[static_cast<std::size_t>(code)]; }

Fec::Code code_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Fec::Code>(i);
  return Fec::Code::none;
}

}  // namespace farlink::scenario
