// SPDX-License-Identifier: Apache-2.0
// A command line that cannot be followed. The message says what, and what to do instead.
#pragma once

#include <stdexcept>

namespace farlink::cli {

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace farlink::cli
