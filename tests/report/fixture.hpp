// SPDX-License-Identifier: Apache-2.0
// Results with numbers that are easy to recognise, for the report's tests and for looking at the page.
#pragma once

#include "control/report/result.hpp"

namespace farlink::test {

// Pipeline of 8 stages, 96 microbatches, two sites, one link; efficiency 0.9721.
report::Result training_result();
// Hours for a training_result().
report::Goodput day_of_training();
// The bench: one flow, no training, no efficiency.
report::Result lab_result();
// training_result() with text that tries to leave every place it is put in.
report::Result hostile_result();
// A replay that ended without a usable figure.
report::Result invalid_result();
// Events of both directions and of one, some close together, on a link with pictures over time.
report::Result eventful_result();

}  // namespace farlink::test
