// SPDX-License-Identifier: Apache-2.0
// A capture that cannot be made or written: what, where, and how to mend it.
#pragma once

#include <stdexcept>

namespace farlink::capture {

class CaptureError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace farlink::capture
