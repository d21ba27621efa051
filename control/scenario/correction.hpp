// SPDX-License-Identifier: Apache-2.0
// The names of forward error correction codes, as the grammar has them.
#pragma once

#include <string_view>

#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

// "kp4", "kr4", "cfec", "ofec", "none".
std::string_view code_text(Fec::Code code) noexcept;

// `name` is one of the grammar's words.
Fec::Code code_of(std::string_view name) noexcept;

}  // namespace farlink::scenario
