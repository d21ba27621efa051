// SPDX-License-Identifier: Apache-2.0
// Commands of the plan that this version does not have are refused by name, whatever follows them.
#pragma once

#include <span>

namespace farlink::cli {

// `arguments` as main gets them. Throws UsageError when the command is one of a later version.
void refuse_later_commands(std::span<const char* const> arguments);

}  // namespace farlink::cli
