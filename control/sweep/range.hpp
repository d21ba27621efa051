// SPDX-License-Identifier: Apache-2.0
// Values of an axis that are given by their ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace farlink::sweep {

enum class Scale : std::uint8_t { linear, logarithmic };

// `points` values (2 at least) from one to the other, both included: equal steps, or equal factors, rounded to six
// digits. "80km" to "320km" in three: linear 80km 200km 320km, logarithmic 80km 160km 320km. Throws
// std::invalid_argument when the ends are no numbers of one unit, or a factor would have to be of or beyond zero.
std::vector<std::string> range_of(std::string_view from, std::string_view to, std::uint32_t points, Scale scale);

}  // namespace farlink::sweep
