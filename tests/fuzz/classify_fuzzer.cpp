// SPDX-License-Identifier: Apache-2.0
// Any bytes as a frame from a port: classify() never reads outside and says of RoCE what the wire library's parser
// says; the edits change what they should and nothing else.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include "tests/link/classify_agreement.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string what = farlink::testing::disagreement(std::as_bytes(std::span{data, size}));
  if (!what.empty()) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
  }
  return 0;
}
