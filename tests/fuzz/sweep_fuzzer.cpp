// SPDX-License-Identifier: Apache-2.0
// Any text is a sweep or a yaml::Error; nothing else may come out, and no sweep takes more than its bounds say.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control/sweep/sweep_file.hpp"
#include "control/yaml/node.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const farlink::sweep::Sweep sweep = farlink::sweep::parse({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
    std::size_t runs = sweep.seeds.size();
    for (const farlink::sweep::Axis& axis : sweep.axes) runs *= axis.values.size();
    if (runs == 0 || runs > farlink::sweep::most_runs) std::abort();
    if (runs < 10'000 && farlink::sweep::points_of(sweep).size() > runs) std::abort();
  } catch (const farlink::yaml::Error&) {
  }
  return 0;
}
