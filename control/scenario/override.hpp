// SPDX-License-Identifier: Apache-2.0
// --set PATH=VALUE: puts one value into a document before it is checked, so that it is held to the same grammar.
#pragma once

#include <string>

#include "control/scenario/error.hpp"
#include "control/yaml/node.hpp"

namespace farlink::scenario {

// `set` is "links.west-east.loss=0.1%"; the value may be YAML in flow style ("{loss: 0}", "[]"). Maps on the way are
// made when they are missing; sites and links must exist. A key of an exclusive group removes the others (rate,
// convergence, waves). Throws ScenarioError, with the nearest path when the path is not known.
void apply_override(yaml::Node& root, const std::string& set);

// The same for the values of one link while it runs: "ecn.kmin=1MiB", in a document of grammar.hpp's change_section().
// Messages begin with "set ecn.kmin".
void apply_link_value(yaml::Node& root, const std::string& set);

}  // namespace farlink::scenario
