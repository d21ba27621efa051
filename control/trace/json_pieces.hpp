// SPDX-License-Identifier: Apache-2.0
// A JSON text of any length from a ByteSource, in pieces of bounded size.
#pragma once

#include "control/json/pieces.hpp"
#include "control/trace/byte_source.hpp"
#include "dataplane/units/size.hpp"

namespace farlink::trace {

// Reads `source` to its end; see json::PieceReader. Throws TraceError with place and reason; TraceErrors of `visit` get
// the place in front: "member 'nodes', element 12: ...". The limit is lower than that of other records because values
// take up to some twenty times the memory of their text.
void read_json(ByteSource& source, json::Cut cut, const json::Visitor& visit,
               units::Bytes piece_limit = units::Bytes::mebi(8));

}  // namespace farlink::trace
