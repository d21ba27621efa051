// SPDX-License-Identifier: Apache-2.0
// A text given to one of the importers, and what it says of a text that it refuses.
#pragma once

#include <cstdint>
#include <string>

#include "control/trace/byte_source.hpp"
#include "control/trace/error.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/import_options.hpp"

namespace farlink::trace_test {

struct TextImporter {
  trace::Graph (*import)(trace::ByteSource& source, const std::string& name, const trace::ImportOptions& options);
  std::string name;

  trace::Graph read(const std::string& text, const trace::ImportOptions& options = {}) const {
    trace::MemorySource source{{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}};
    return import(source, name, options);
  }
  // Empty when the text is read.
  std::string refusal(const std::string& text, const trace::ImportOptions& options = {}) const {
    try {
      read(text, options);
    } catch (const trace::TraceError& error) {
      return error.what();
    }
    return {};
  }
};

}  // namespace farlink::trace_test
