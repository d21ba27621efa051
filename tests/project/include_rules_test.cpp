// SPDX-License-Identifier: Apache-2.0
#include "tests/project/include_rules.hpp"

#include <catch2/catch.hpp>

#include "tests/project/fixture_tree.hpp"

namespace farlink::project {
namespace {

struct Row {
  std::string what;
  std::string path;
  std::string include;
  std::string expected;  // "" : no breach
};

const Row rows[] = {
    {"the model uses the standard library", "dataplane/link/a.cpp", "<vector>", ""},
    {"a layer below", "dataplane/link/a.cpp", "\"dataplane/units/u.hpp\"", ""},
    {"dataplane includes control", "dataplane/link/a.cpp", "\"control/json/j.hpp\"", "may not include"},
    {"a layer above", "dataplane/units/a.cpp", "\"dataplane/link/l.hpp\"", "may not include"},
    {"side by side", "dataplane/rnic/a.cpp", "\"dataplane/link/l.hpp\"", "may not include"},
    {"a library in the model", "dataplane/wire/a.cpp", "<spdlog/spdlog.h>", "standard library only"},
    {"the system in the model", "dataplane/wire/a.cpp", "<unistd.h>", "standard library only"},
    {"DPDK in virtual time", "dataplane/virtual_time/a.cpp", "<rte_mbuf.h>", "belongs to dataplane/dpdk"},
    {"DPDK at its place", "dataplane/dpdk/a.cpp", "<rte_mbuf.h>", ""},
    {"verbs elsewhere", "control/replay/a.cpp", "<infiniband/verbs.h>", "belongs to control/verbs"},
    {"YAML at its place", "control/yaml/a.cpp", "<yaml-cpp/yaml.h>", ""},
    {"YAML in the scenario", "control/scenario/a.cpp", "<yaml-cpp/yaml.h>", "belongs to control/yaml"},
    {"JSON through its door", "control/report/a.cpp", "\"control/json/j.hpp\"", ""},
    {"JSON past its door", "control/report/a.cpp", "<boost/json.hpp>", "belongs to control/json"},
    {"zlib in the trace importers", "control/trace/a.cpp", "<zlib.h>", ""},
    {"zlib in the report", "control/report/a.cpp", "<zlib.h>", "belongs to control/trace"},
    {"SQLite in replay", "control/replay/a.cpp", "<sqlite3.h>", "belongs to control/sweep"},
    {"Asio in the sweep", "control/sweep/a.cpp", "<boost/asio.hpp>", "belongs to control/server"},
    {"the command line in a library", "control/replay/a.cpp", "<CLI/CLI.hpp>", "belongs to tools"},
    {"logs in a library", "control/replay/a.cpp", "<spdlog/spdlog.h>", "belongs to tools"},
    {"logs in the tool", "tools/farlink/a.cpp", "<spdlog/spdlog.h>", ""},
    {"an unknown library", "control/replay/a.cpp", "<nlohmann/json.hpp>", "no folder has been given"},
    {"a fabric knows the interface", "control/fabric_packets/a.cpp", "\"control/fabric/f.hpp\"", ""},
    {"a fabric knows replay", "control/fabric_packets/a.cpp", "\"control/replay/r.hpp\"", "may not include"},
    {"replay knows a fabric", "control/replay/a.cpp", "\"control/fabric_packets/p.hpp\"", "may not include"},
    {"a library knows the tool", "control/server/a.cpp", "\"tools/farlink/t.hpp\"", "may not include"},
    {"beside the file", "control/replay/a.cpp", "\"r.hpp\"", "no file from the repository root"},
    {"made by protoc", "control/trace/a.cpp", "\"control/trace/chakra.pb.h\"", ""},
    {"made by protoc, elsewhere", "control/replay/a.cpp", "\"control/trace/chakra.pb.h\"", "protobuf belongs to"},
    {"an unknown folder", "extras/a.cpp", "<vector>", "table of layers"},
    {"tests may see everything", "tests/link/a.cpp", "<boost/json.hpp>", ""},
};

std::vector<File> with_headers(const std::string& path, const std::string& include) {
  return fixture_tree({{"control/fabric/f.hpp", ""},
                       {"control/fabric_packets/p.hpp", ""},
                       {"control/json/j.hpp", ""},
                       {"control/replay/r.hpp", ""},
                       {"dataplane/link/l.hpp", ""},
                       {"dataplane/units/u.hpp", ""},
                       {"tools/farlink/t.hpp", ""},
                       {path, "// first\n  #  include " + include + "\n"}});
}

}  // namespace

TEST_CASE("each breach of the layers is found, and nothing else") {
  for (const Row& row : rows) {
    DYNAMIC_SECTION(row.what) {
      const auto breaches = include_breaches(with_headers(row.path, row.include));
      INFO(to_text(breaches));
      if (row.expected.empty()) {
        CHECK(breaches.empty());
      } else {
        REQUIRE(breaches.size() == 1);
        CHECK(breaches[0].file == row.path);
        CHECK(breaches[0].what.find(row.expected) != std::string::npos);
      }
    }
  }
}

TEST_CASE("folders that include each other are found") {
  const auto breaches =
      include_breaches(fixture_tree({{"control/replay/a.hpp", "#include \"control/report/b.hpp\"\n"},
                                     {"control/report/b.hpp", "#include \"control/trace/c.hpp\"\n"},
                                     {"control/trace/c.hpp", "#include \"control/replay/a.hpp\"\n"}}));
  REQUIRE(breaches.size() == 1);
  CHECK(breaches[0].what ==
        "folders include each other in a circle: control/replay -> control/report -> control/trace -> control/replay");
}

TEST_CASE("the project keeps its layers") {
  const auto breaches = include_breaches(read_tree("."));
  INFO(to_text(breaches));
  CHECK(breaches.empty());
}

}  // namespace farlink::project
