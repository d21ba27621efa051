// SPDX-License-Identifier: Apache-2.0
// The one door to Boost.JSON: other folders say farlink::json and never include boost/json themselves.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace farlink::json {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// Two-space indented text with a final newline; object keys keep their order, so equal values give equal bytes.
// Doubles are written with the fewest digits that read back equal.
std::string to_text(const value& v);

// The same values in one line without blanks or a newline, for protocols made of lines.
std::string to_line(const value& v);

// Parses one document; throws std::runtime_error with the position of the first error.
value parse(std::string_view text);

}  // namespace farlink::json
