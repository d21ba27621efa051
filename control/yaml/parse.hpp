// SPDX-License-Identifier: Apache-2.0
// YAML text to a tree of nodes. Refused with a position: bad syntax, a key given twice, merge keys (<<), tags, more
// than one document, and documents past the bounds below, which also hold for what aliases expand to.
#pragma once

#include <cstddef>
#include <string_view>

#include "control/yaml/node.hpp"

namespace farlink::yaml {

struct Limits {
  std::size_t bytes = std::size_t{256} << 10;
  std::size_t depth = 32;
  std::size_t nodes = 20'000;
};

// The single document of `text`; an empty text gives a null node. `source` is what positions name. Throws Error.
Node parse(std::string_view text, std::string_view source, const Limits& limits = {});

}  // namespace farlink::yaml
