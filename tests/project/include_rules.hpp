// SPDX-License-Identifier: Apache-2.0
// The layer rules of docs/architecture.md, held by reading every #include.
#pragma once

#include <vector>

#include "tests/project/source_tree.hpp"

namespace farlink::project {

// A folder may include what the table of layers allows it; includes are written from the repository root; each foreign
// library belongs to its folders; the model (units, wire, link, rnic) uses the standard library only; folders form no
// cycle. Tests may include everything of the project and every library.
std::vector<Breach> include_breaches(const std::vector<File>& files);

}  // namespace farlink::project
