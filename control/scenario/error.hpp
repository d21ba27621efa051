// SPDX-License-Identifier: Apache-2.0
// The one exception of reading a scenario: "file:line: 'key' what is wrong; what is allowed".
#pragma once

#include <stdexcept>

namespace farlink::scenario {

class ScenarioError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace farlink::scenario
