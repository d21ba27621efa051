// SPDX-License-Identifier: Apache-2.0
// As much of JSON Schema 2020-12 as the result's schema uses: type, const, enum, minimum, maximum, required,
// properties, additionalProperties: false, items, $ref into $defs. Any other keyword that would constrain is refused.
#pragma once

#include <string>
#include <vector>

#include "control/json/json.hpp"

namespace farlink::test {

// Every way in which `document` breaks `schema`, as "path: reason"; empty when it is valid.
std::vector<std::string> schema_errors(const json::value& schema, const json::value& document);

}  // namespace farlink::test
