// SPDX-License-Identifier: Apache-2.0
// READs without a pause: the responder's list of answers stays as short as what is under way.
#include <catch2/catch.hpp>

#include "dataplane/rnic/responder.hpp"
#include "tests/link/counting_new.hpp"

namespace farlink {
namespace {

TEST_CASE("regression: READs without a pause do not grow the list of answers", "[rnic]") {
  const rnic::Config config;
  std::vector<rnic::Completion> completions;
  std::vector<rnic::Placement> placements;
  rnic::Responder responder{config, completions, placements, 16, 16, {}, 0};
  rnic::Frame read;
  read.opcode = wire::Opcode::read_request;
  read.dma_length = 1;
  std::uint64_t address = 0;
  const auto receive = [&] {
    responder.receive(read, &address);
    read.psn = (read.psn + 1) & 0xff'ffffU;
  };
  const auto serve = [&](int count) {
    rnic::Frame response;
    for (int i = 0; i < count; ++i) {  // one READ is always left to answer
      receive();
      responder.emit_response(response);
    }
    return response.psn;
  };
  receive();
  serve(100);
  const auto before = test::allocations();
  CHECK(serve(100'000) == 100'099);
  CHECK(responder.has_response());
  CHECK(test::allocations().calls == before.calls);
}

}  // namespace
}  // namespace farlink
