// SPDX-License-Identifier: Apache-2.0
#include "control/trace/json_pieces.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "control/trace/error.hpp"

namespace farlink::trace {

void read_json(ByteSource& source, json::Cut cut, const json::Visitor& visit, units::Bytes piece_limit) {
  json::PieceReader reader{cut, piece_limit.count(), [&visit](const json::Place& place, json::value piece) {
                             try {
                               visit(place, std::move(piece));
                             } catch (const TraceError& error) {
                               throw TraceError(name_of(place) + ": " + error.what());
                             }
                           }};
  std::vector<char> buffer(std::size_t{1} << 16);
  for (;;) {
    const std::size_t count = source.read({reinterpret_cast<std::uint8_t*>(buffer.data()), buffer.size()});
    try {
      if (count == 0) return reader.finish();
      reader.feed({buffer.data(), count});
    } catch (const TraceError&) {
      throw;
    } catch (const std::runtime_error& error) {
      throw TraceError(error.what());
    }
  }
}

}  // namespace farlink::trace
