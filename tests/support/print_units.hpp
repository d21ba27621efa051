// SPDX-License-Identifier: Apache-2.0
// Lets Catch print quantities in failed assertions: include it after catch.hpp.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "dataplane/units/text.hpp"

namespace Catch {

template <typename Quantity>
requires requires(Quantity quantity) { farlink::units::to_text(quantity); }
struct StringMaker<Quantity> {
  static std::string convert(Quantity quantity) { return farlink::units::to_text(quantity); }
};

template <>
struct StringMaker<farlink::units::Instant> {
  static std::string convert(farlink::units::Instant instant) {
    return "start + " + farlink::units::to_text(instant.since_start());
  }
};

}  // namespace Catch
