// SPDX-License-Identifier: Apache-2.0
// The top of the grammar: sites, run and expect. Links, transport, workloads and live keys have files of their own.
#include "control/scenario/grammar.hpp"

#include <algorithm>
#include <array>

namespace farlink::scenario {
namespace {

constexpr double largest_count = 1'000'000;
constexpr double largest_seed = 9'007'199'254'740'992;  // 2^53: survives JSON

constexpr std::array local_network_fields{
    Field{.key = "bandwidth", .kind = Kind::rate, .help = "per GPU and direction", .least = 1e6, .most = 1e13},
    Field{.key = "latency", .kind = Kind::duration, .help = "per message", .most = 1},
};
constexpr Section local_network{.fields = local_network_fields};

constexpr std::array nic_words{Word{"link"}};
constexpr std::array site_fields{
    Field{.key = "gpus",
          .kind = Kind::whole,
          .help = "accelerators at this site, one rank each (lab flows: 1; with ports: their number)",
          .least = 1,
          .most = largest_count},
    Field{.key = "gpus-per-node",
          .kind = Kind::whole,
          .help = "accelerators that share a node",
          .default_text = "8",
          .least = 1,
          .most = 1024},
    Field{.key = "nic",
          .kind = Kind::rate,
          .help = "NIC rate per GPU; 'link': follows the rate of the site's only link",
          .least = 1e6,
          .most = 1e13,
          .words = nic_words},
    Field{.key = "in-node",
          .kind = Kind::section,
          .help = "network inside a node",
          .default_text = "2400gbit, 3us",
          .section = &local_network},
    Field{.key = "fabric",
          .kind = Kind::section,
          .help = "network between nodes of the site",
          .default_text = "the NIC rate, 8us",
          .section = &local_network},
};
constexpr Section site{.fields = site_fields};

constexpr double longest_run = 7'776'000;  // 90 days
constexpr std::array checkpoint_fields{
    Field{.key = "every",
          .kind = Kind::duration,
          .help = "training between two checkpoints, rounded up to whole steps",
          .is_required = true,
          .most = longest_run,
          .is_above_least = true},
    Field{.key = "write",
          .kind = Kind::duration,
          .help = "for which training stands still",
          .is_required = true,
          .most = longest_run},
    Field{.key = "restart",
          .kind = Kind::duration,
          .help = "from an abort until training goes on from the last complete checkpoint",
          .is_required = true,
          .most = longest_run},
};
constexpr Section checkpoint{.fields = checkpoint_fields};

constexpr std::array run_fields{
    Field{.key = "steps",
          .kind = Kind::whole,
          .help = "training steps, warm-up included",
          .default_text = "2",
          .least = 1,
          .most = largest_count},
    Field{.key = "warmup",
          .kind = Kind::whole,
          .help = "steps that are left out of the result",
          .default_text = "1",
          .most = largest_count},
    Field{.key = "seed",
          .kind = Kind::whole,
          .help = "seed of every random draw",
          .default_text = "1",
          .most = largest_seed},
    Field{.key = "seeds",
          .kind = Kind::whole,
          .help = "stretched runs with seed, seed + 1, ...",
          .default_text = "1",
          .least = 1,
          .most = 1000},
    Field{.key = "duration",
          .kind = Kind::duration,
          .help = "goodput over so long, composed from the steps; faults of links come in it",
          .most = longest_run,
          .is_above_least = true},
    Field{.key = "checkpoint",
          .kind = Kind::section,
          .help = "with duration: how work is saved and taken up again",
          .section = &checkpoint},
    Field{.key = "mtbf",
          .kind = Kind::duration,
          .help = "with duration: mean time between failures of the job's accelerators and hosts; none when not given",
          .most = longest_run,
          .is_above_least = true},
};
constexpr Section run{.fields = run_fields};

constexpr std::array expect_fields{
    Field{.key = "goodput",
          .kind = Kind::comparison,
          .help = "share of run.duration that is training across sites which counts, for example \">= 90%\""},
    Field{
        .key = "efficiency", .kind = Kind::comparison, .help = "equivalent compute efficiency, for example \">= 95%\""},
    Field{.key = "mfu", .kind = Kind::comparison, .help = "model FLOPs utilisation across sites"},
    Field{.key = "exposed-communication",
          .kind = Kind::comparison_of_time,
          .help = "exposed communication of a step across sites, for example \"<= 0.5s\""},
};
constexpr Section expect{.fields = expect_fields};

constexpr std::array version_words{Word{"1"}};
constexpr std::array armed_words{Word{"start"}, Word{"first-frame"}};
constexpr std::array<std::string_view, 2> traffic_keys{"workload", "ports"};
constexpr std::array second_site_fields{Field{.key = "gpus",
                                              .kind = Kind::whole,
                                              .help = "accelerators of the second job at this site, one rank each",
                                              .is_required = true,
                                              .least = 1,
                                              .most = largest_count}};
constexpr Section second_site{.fields = second_site_fields};

// Its workload is filled in when the program starts to read.
const Section& second_job_section() {
  static const std::array fields{
      Field{.key = "workload",
            .kind = Kind::section,
            .help = "a model or a trace, as that of the measured job",
            .is_required = true,
            .section = &workload_section()},
      Field{.key = "sites",
            .kind = Kind::named,
            .help = "its accelerators by site; as many as the site's gpus where not given",
            .section = &second_site},
  };
  static const Section section{.fields = fields};
  return section;
}

constexpr std::size_t named_second = 12;
constexpr std::size_t named_links = 3, named_transport = 4, named_workload = 5, named_dpdk = 9, named_events = 10;

// Sections of other files: their addresses are filled in when the program starts to read.
std::array<Field, 13> top_fields() {
  std::array fields{
      Field{.key = "farlink",
            .kind = Kind::word,
            .help = "version of this format: 1",
            .is_required = true,
            .words = version_words},
      Field{.key = "name", .kind = Kind::name, .help = "name of the scenario", .is_required = true},
      Field{.key = "sites", .kind = Kind::named, .help = "data centres by name", .is_required = true, .section = &site},
      Field{.key = "links",
            .kind = Kind::named,
            .help = "links by name; a single one is called west-east",
            .is_required = true},
      Field{.key = "transport", .kind = Kind::section, .help = "what the NICs do"},
      Field{.key = "workload", .kind = Kind::section, .help = "what is carried; not needed with ports"},
      Field{.key = "run", .kind = Kind::section, .help = "how long and how often", .section = &run},
      Field{.key = "expect",
            .kind = Kind::section,
            .help = "what must come out; exit code 1 when it does not",
            .section = &expect},
      Field{.key = "ports",
            .kind = Kind::named_texts,
            .help = "live: the DPDK devices of each site, as PCI addresses or virtual devices (net_...)"},
      Field{.key = "dpdk", .kind = Kind::section, .help = "live: how DPDK is started"},
      Field{.key = "events", .kind = Kind::list, .help = "what happens to the links, and when"},
      Field{.key = "armed",
            .kind = Kind::word,
            .help = "when the clock of events starts: with the links, or with the first frame on any of them",
            .default_text = "start",
            .words = armed_words},
      Field{.key = "second-job",
            .kind = Kind::section,
            .help = "another training job that shares every link, on accelerators and NICs of its own, without end"},
  };
  fields[named_links].section = &link_section();
  fields[named_transport].section = &transport_section();
  fields[named_workload].section = &workload_section();
  fields[named_dpdk].section = &dpdk_section();
  fields[named_events].section = &event_section();
  fields[named_second].section = &second_job_section();
  return fields;
}

}  // namespace

const Section& scenario_section() {
  static const std::array fields = top_fields();
  static const Section section{.fields = fields, .one_or_more_of = traffic_keys};
  return section;
}

const Field* find_field(const Section& section, std::string_view key) {
  const auto found =
      std::find_if(section.fields.begin(), section.fields.end(), [&](const Field& f) { return f.key == key; });
  return found == section.fields.end() ? nullptr : &*found;
}

std::optional<std::size_t> alternative_of(const Exclusive& group, std::string_view key) {
  for (std::size_t i = 0; i < group.alternatives.size(); ++i) {
    const auto keys = group.alternatives[i];
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return i;
  }
  return std::nullopt;
}

bool exclude_each_other(const Section& section, std::string_view a, std::string_view b) {
  return std::any_of(section.exclusives.begin(), section.exclusives.end(), [&](const Exclusive& group) {
    const auto of_a = alternative_of(group, a);
    const auto of_b = alternative_of(group, b);
    return of_a && of_b && *of_a != *of_b;
  });
}

}  // namespace farlink::scenario
