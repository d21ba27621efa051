// SPDX-License-Identifier: Apache-2.0
// Ctrl-C as a question the run asks, so that a run ends between two frames and never between two halves of a file.
#pragma once

namespace farlink::cli {

// From here on the first SIGINT or SIGTERM only sets a flag; a second one ends the process at once with status 130.
void catch_interruption();

// Whether SIGINT or SIGTERM has come. From any thread.
bool is_interrupted() noexcept;

}  // namespace farlink::cli
