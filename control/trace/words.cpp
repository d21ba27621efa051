// SPDX-License-Identifier: Apache-2.0
#include "control/trace/words.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>

#include "control/trace/error.hpp"

namespace farlink::trace {

std::string_view trimmed(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
  return text.substr(0, text.find_last_not_of(white_space) + 1);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(white_space);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(white_space), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::uint64_t number(std::string_view text, std::uint64_t most, const char* what) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most)
    throw TraceError("'" + std::string{text} + "' is no " + what + " from 0 to " + std::to_string(most));
  return value;
}

}  // namespace farlink::trace
