// SPDX-License-Identifier: Apache-2.0
// The one exception of control/trace. Its message says where (file, record, rank, node), what is wrong, how to mend it.
#pragma once

#include <stdexcept>

namespace farlink::trace {

class TraceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace farlink::trace
