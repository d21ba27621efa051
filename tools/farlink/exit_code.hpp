// SPDX-License-Identifier: Apache-2.0
// How the process ends, for scripts. README.md lists them.
#pragma once

namespace farlink::cli {

enum class ExitCode : int {
  met = 0,           // ran, and every `expect:` holds
  missed = 1,        // ran, an `expect:` does not hold
  input_error = 2,   // usage or input; one message, nothing written
  invalid_run = 3,   // ran, but its figures must not be used
  interrupted = 130  // SIGINT or SIGTERM; nothing written
};

}  // namespace farlink::cli
