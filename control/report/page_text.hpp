// SPDX-License-Identifier: Apache-2.0
// The bundled page, made by the build out of page/; two marks in it are replaced by to_html.
#pragma once

#include <string_view>

namespace farlink::report {

std::string_view page_text() noexcept;

inline constexpr std::string_view data_mark = "@FARLINK_DATA@";  // JSON inside a script element
inline constexpr std::string_view text_mark = "@FARLINK_TEXT@";  // the table, for browsers without scripts

}  // namespace farlink::report
