// SPDX-License-Identifier: Apache-2.0
// Chakra's messages from the two forms of JSON that they are written in. What the importer has no use for is left out.
#pragma once

#include "control/json/json.hpp"
#include "control/trace/chakra.pb.h"

namespace farlink::trace {

// An element of "workload_graph": {"Id": 216, "NodeType": 4, "runtime": 318, "data_deps": [], ...}; every member that
// is no field of a Node is an attribute. Throws TraceError with the reason.
ChakraProtoMsg::Node node_of_workload(const json::object& object);

// As protobuf's own JSON has them: {"id": "216", "type": "COMP_NODE", "attr": [{"name": "x", "int64Val": "1"}], ...}.
ChakraProtoMsg::Node node_of_protobuf(const json::object& object);
ChakraProtoMsg::GlobalMetadata metadata_of_protobuf(const json::object& object);

}  // namespace farlink::trace
