// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "control/report/to_json.hpp"

namespace farlink::report {

namespace {

constexpr std::string_view schema_text = R"schema({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Farlink result",
  "description": "Efficiencies and utilisations 0-1, points 0-100; null: not applicable or not measured",
  "type": "object",
  "additionalProperties": false,
  "required": ["schema", "version", "scenario", "scenario_hash", "seed", "seeds", "workload", "ranks", "valid",
    "why_invalid",
    "efficiency", "efficiency_error", "step_seconds", "mfu", "exposed_communication_seconds",
    "exposed_communication_single_site_seconds", "attribution", "expectations", "links", "flows", "messages",
    "retransmitted", "timeouts", "cnps_sent", "cnps_received", "rate_cuts", "engine", "assumptions"],
  "properties": {
    "schema": {"const": 1, "description": "raised when a key changes its meaning or goes"},
    "version": {"type": "string", "description": "of Farlink"},
    "scenario": {"type": "string"},
    "scenario_hash": {"type": "string", "description": "over the resolved values of the scenario"},
    "seed": {"$ref": "#/$defs/count"},
    "seeds": {"type": "integer", "minimum": 1, "description": "runs with seed, seed + 1, ..."},
    "workload": {"type": "string"},
    "ranks": {"$ref": "#/$defs/count"},
    "valid": {"type": "boolean", "description": "false: no figure of this document may be used"},
    "why_invalid": {"type": ["string", "null"]},
    "efficiency": {"type": ["number", "null"], "minimum": 0,
      "description": "step time in one site / step time across sites; null for lab flows and invalid runs"},
    "efficiency_error": {"type": ["number", "null"], "minimum": 0, "description": "standard error over the seeds"},
    "step_seconds": {"$ref": "#/$defs/both_runs", "description": "slowest rank, mean of the steady-state steps"},
    "step_distribution": {"type": "object", "additionalProperties": false,
      "required": ["single_site", "across_sites"], "description": "steady steps of all seeds; there when more than one is",
      "properties": {"single_site": {"$ref": "#/$defs/steps"}, "across_sites": {"$ref": "#/$defs/steps"}}},
    "errors": {"$ref": "#/$defs/errors"},
    "by_seed": {"type": "array", "items": {"$ref": "#/$defs/of_seed"}, "description": "there with several seeds"},
    "mfu": {"$ref": "#/$defs/both_runs", "description": "model FLOP utilisation, 0-1"},
    "exposed_communication_seconds": {"$ref": "#/$defs/positive", "description": "of the run across sites"},
    "exposed_communication_single_site_seconds": {"$ref": "#/$defs/positive"},
    "attribution": {"type": "array", "items": {"$ref": "#/$defs/attribution"}},
    "goodput": {"$ref": "#/$defs/goodput", "description": "over run.duration; not there without it"},
    "expectations": {"type": "array", "items": {"$ref": "#/$defs/expectation"}},
    "links": {"type": "array", "items": {"$ref": "#/$defs/link"}},
    "flows": {"type": "array", "items": {"$ref": "#/$defs/flow"}, "description": "lab scenarios alone"},
    "events": {"type": "array", "items": {"$ref": "#/$defs/event"},
      "description": "what happened to links in the run across sites; not there when nothing did"},
    "messages": {"$ref": "#/$defs/completion", "description": "messages that crossed a link"},
    "retransmitted": {"$ref": "#/$defs/count"},
    "timeouts": {"$ref": "#/$defs/count"},
    "second_job": {"type": "object", "additionalProperties": false, "required": ["ranks", "steps", "step_seconds"],
      "description": "the job that ran beside: steps that it ended meanwhile, and their mean time; not there without one",
      "properties": {"ranks": {"$ref": "#/$defs/count"}, "steps": {"$ref": "#/$defs/count"},
                     "step_seconds": {"$ref": "#/$defs/positive"}}},
    "erasure_coding": {"type": "object", "additionalProperties": false, "required": ["parity_sent", "rebuilt"],
      "description": "packets sent for it, and lost data packets that it gave back; not there without it",
      "properties": {"parity_sent": {"$ref": "#/$defs/count"}, "rebuilt": {"$ref": "#/$defs/count"}}},
    "reconnects": {"$ref": "#/$defs/count", "description": "queue pairs opened anew after an error; not there when none"},
    "cnps_sent": {"$ref": "#/$defs/count", "description": "congestion notifications, by the receivers of marked frames and by near edges"},
    "cnps_received": {"$ref": "#/$defs/count"},
    "rate_cuts": {"$ref": "#/$defs/count", "description": "how often congestion control lowered a queue pair's rate"},
    "engine": {"$ref": "#/$defs/engine"},
    "fabric": {"enum": ["flows"], "description": "flows: no frame was moved (docs/flows.md); not there when frames were"},
    "live": {"$ref": "#/$defs/live", "description": "how well the run across sites kept its time; live runs alone"},
    "assumptions": {"type": "array", "items": {"type": "string"}}
  },
  "$defs": {
    "count": {"type": "integer", "minimum": 0},
    "positive": {"type": "number", "minimum": 0},
    "ratio": {"type": "number", "minimum": 0, "maximum": 1},
    "both_runs": {
      "type": "object", "additionalProperties": false, "required": ["single_site", "across_sites"],
      "properties": {"single_site": {"type": ["number", "null"], "minimum": 0},
                     "across_sites": {"type": ["number", "null"], "minimum": 0}}
    },
    "attribution": {
      "type": "object", "additionalProperties": false, "required": ["cause", "points", "was_run"],
      "properties": {"cause": {"enum": ["loss", "congestion-control", "convergence", "distance", "schedule"]},
                     "points": {"type": "number"}, "was_run": {"type": "boolean"},
                     "points_error": {"type": "number", "minimum": 0, "description": "standard error over the seeds"}}
    },
    "steps": {
      "type": "object", "additionalProperties": false, "description": "percentiles are nearest-rank over all steps",
      "required": ["steps", "min_seconds", "p50_seconds", "p99_seconds", "max_seconds", "seconds"],
      "properties": {"steps": {"$ref": "#/$defs/count"}, "min_seconds": {"$ref": "#/$defs/positive"},
                     "p50_seconds": {"$ref": "#/$defs/positive"}, "p99_seconds": {"$ref": "#/$defs/positive"},
                     "max_seconds": {"$ref": "#/$defs/positive"},
                     "seconds": {"type": "array", "items": {"$ref": "#/$defs/positive"},
                                 "description": "in their order, seed by seed; the first 10,000"}}
    },
    "errors": {
      "type": "object", "additionalProperties": false,
      "description": "standard errors over the seeds, of the figures of the same names; there with several seeds",
      "required": ["step_seconds", "mfu", "exposed_communication_seconds", "exposed_communication_single_site_seconds"],
      "properties": {"step_seconds": {"$ref": "#/$defs/both_runs"}, "mfu": {"$ref": "#/$defs/both_runs"},
                     "exposed_communication_seconds": {"$ref": "#/$defs/positive"},
                     "exposed_communication_single_site_seconds": {"$ref": "#/$defs/positive"}}
    },
    "of_seed": {
      "type": "object", "additionalProperties": false,
      "required": ["seed", "efficiency", "step_seconds", "exposed_communication_seconds",
        "exposed_communication_single_site_seconds", "messages", "retransmitted", "timeouts"],
      "properties": {"seed": {"$ref": "#/$defs/count"}, "efficiency": {"$ref": "#/$defs/positive"},
                     "step_seconds": {"$ref": "#/$defs/both_runs"},
                     "exposed_communication_seconds": {"$ref": "#/$defs/positive"},
                     "exposed_communication_single_site_seconds": {"$ref": "#/$defs/positive"},
                     "messages": {"$ref": "#/$defs/completion"},
                     "retransmitted": {"$ref": "#/$defs/count"}, "timeouts": {"$ref": "#/$defs/count"}}
    },
    "expectation": {
      "type": "object", "additionalProperties": false, "required": ["metric", "expected", "measured", "met"],
      "properties": {"metric": {"type": "string"}, "expected": {"type": "string"},
                     "measured": {"type": ["number", "null"]},
                     "met": {"type": "boolean"}}
    },
    "goodput": {
      "type": "object", "additionalProperties": false,
      "description": "means over histories; across sites where it does not say; shares of the duration",
      "required": ["duration_seconds", "histories", "single_site", "across_sites", "standard_error", "p5", "p95", "steps",
        "efficiency", "spent", "failures", "cuts", "aborts", "effects"],
      "properties": {
        "duration_seconds": {"$ref": "#/$defs/positive"}, "histories": {"type": "integer", "minimum": 1},
        "single_site": {"$ref": "#/$defs/ratio"}, "across_sites": {"$ref": "#/$defs/ratio"},
        "standard_error": {"$ref": "#/$defs/positive"}, "p5": {"$ref": "#/$defs/ratio"}, "p95": {"$ref": "#/$defs/ratio"},
        "steps": {"$ref": "#/$defs/both_runs", "description": "that count"},
        "efficiency": {"type": ["number", "null"], "minimum": 0, "description": "steps across sites / steps in one site"},
        "spent": {"type": "object", "additionalProperties": false, "description": "together 1",
          "required": ["useful", "checkpoints", "rework", "restarts", "stalls", "unfinished"],
          "properties": {"useful": {"$ref": "#/$defs/ratio"}, "checkpoints": {"$ref": "#/$defs/ratio"},
                         "rework": {"$ref": "#/$defs/ratio"}, "restarts": {"$ref": "#/$defs/ratio"},
                         "stalls": {"$ref": "#/$defs/ratio"}, "unfinished": {"$ref": "#/$defs/ratio"}}},
        "failures": {"$ref": "#/$defs/positive"}, "cuts": {"$ref": "#/$defs/positive"},
        "aborts": {"$ref": "#/$defs/positive", "description": "by cuts"},
        "effects": {"type": "array", "items": {"$ref": "#/$defs/cut_effects"}}
      }
    },
    "cut_effects": {
      "type": "object", "additionalProperties": false, "required": ["link", "cut_seconds", "moments"],
      "description": "of a cut on the step it begins in, from runs frame by frame; what shares leave of 1: it does nothing",
      "properties": {
        "link": {"type": "string"}, "cut_seconds": {"$ref": "#/$defs/positive"},
        "moments": {"type": "array", "items": {
          "type": "object", "additionalProperties": false, "required": ["moment", "share", "aborts", "seconds"],
          "properties": {"moment": {"$ref": "#/$defs/ratio"}, "share": {"$ref": "#/$defs/ratio"},
            "aborts": {"type": "boolean"},
            "seconds": {"$ref": "#/$defs/positive", "description": "until the abort, or by which the step is longer"}}}}
      }
    },
    "dropped": {
      "type": "object", "additionalProperties": false,
      "required": ["queue", "headroom", "random", "burst", "bit-error", "listed", "cut"],
      "properties": {"queue": {"$ref": "#/$defs/count"}, "headroom": {"$ref": "#/$defs/count"},
                     "random": {"$ref": "#/$defs/count"}, "burst": {"$ref": "#/$defs/count"},
                     "bit-error": {"$ref": "#/$defs/count"}, "listed": {"$ref": "#/$defs/count"},
                     "cut": {"$ref": "#/$defs/count"}}
    },
    "link": {
      "type": "object", "additionalProperties": false,
      "description": "in + duplicated + generated = out + dropped + absorbed + held",
      "required": ["name", "direction", "frames_in", "frames_duplicated", "frames_generated", "frames_out",
        "frames_absorbed", "frames_held", "dropped", "ecn_marked", "wire_bytes", "utilisation", "queue_peak_bytes",
        "buffer_bytes", "rate_bps", "one_way_delay_seconds", "paused_seconds", "far_queue_peak_bytes",
        "far_buffer_bytes", "far_paused_seconds", "far_pauses", "pause_frames", "pauses_expired", "watchdog_dropped"],
      "properties": {
        "name": {"type": "string"}, "direction": {"type": "string"},
        "frames_in": {"$ref": "#/$defs/count"}, "frames_duplicated": {"$ref": "#/$defs/count"},
        "frames_generated": {"$ref": "#/$defs/count"}, "frames_out": {"$ref": "#/$defs/count"},
        "frames_absorbed": {"$ref": "#/$defs/count"}, "frames_held": {"$ref": "#/$defs/count"},
        "dropped": {"$ref": "#/$defs/dropped"}, "ecn_marked": {"$ref": "#/$defs/count"},
        "wire_bytes": {"$ref": "#/$defs/count"}, "utilisation": {"$ref": "#/$defs/ratio"},
        "queue_peak_bytes": {"$ref": "#/$defs/count"}, "buffer_bytes": {"$ref": "#/$defs/count"},
        "rate_bps": {"$ref": "#/$defs/positive"}, "one_way_delay_seconds": {"$ref": "#/$defs/positive"},
        "paused_seconds": {"$ref": "#/$defs/positive"},
        "far_queue_peak_bytes": {"$ref": "#/$defs/count"}, "far_buffer_bytes": {"$ref": "#/$defs/count"},
        "far_paused_seconds": {"$ref": "#/$defs/positive"}, "far_pauses": {"$ref": "#/$defs/count"},
        "pause_frames": {"$ref": "#/$defs/count"}, "pauses_expired": {"$ref": "#/$defs/count"},
        "watchdog_dropped": {"$ref": "#/$defs/count"},
        "frames_background": {"$ref": "#/$defs/count", "description": "traffic of others, of frames_generated; when any"},
        "background_dropped": {"$ref": "#/$defs/count", "description": "of dropped: frames of that traffic"},
        "near_cnps": {"$ref": "#/$defs/count", "description": "CNPs of the near edge; not there when it sent none"}
      }
    },
    "completion": {
      "type": "object", "additionalProperties": false,
      "required": ["p50_seconds", "p99_seconds", "max_seconds", "messages"],
      "properties": {"p50_seconds": {"$ref": "#/$defs/positive"}, "p99_seconds": {"$ref": "#/$defs/positive"},
                     "max_seconds": {"$ref": "#/$defs/positive"}, "messages": {"$ref": "#/$defs/count"}}
    },
    "event": {
      "type": "object", "additionalProperties": false, "required": ["at_seconds", "link", "direction", "what"],
      "properties": {"at_seconds": {"$ref": "#/$defs/positive"}, "link": {"type": "string"},
                     "direction": {"type": "string"}, "what": {"type": "string"},
                     "lag_seconds": {"$ref": "#/$defs/positive",
                       "description": "live runs: how much later than at_seconds the link had it"}}
    },
    "flow": {
      "type": "object", "additionalProperties": false,
      "required": ["name", "goodput_bps", "sent", "retransmitted", "lost", "timeouts", "completion"],
      "properties": {
        "name": {"type": "string"}, "goodput_bps": {"$ref": "#/$defs/positive"}, "sent": {"$ref": "#/$defs/count"},
        "retransmitted": {"$ref": "#/$defs/count"}, "lost": {"$ref": "#/$defs/count"},
        "timeouts": {"$ref": "#/$defs/count"},
        "completion": {"$ref": "#/$defs/completion"},
        "goodput_error_bps": {"type": "number", "minimum": 0, "description": "standard error over the seeds"}
      }
    },
    "live": {
      "type": "object", "additionalProperties": false,
      "description": "lags: actual minus due time; stolen: pauses beyond max-lag, of forwarding cores and of control",
      "required": ["lag_median_ns", "lag_p99_ns", "lag_max_ns", "control_lag_p99_ns", "excess_delay_median_ns",
        "stolen_seconds", "control_stolen_seconds", "longest_gap_seconds"],
      "properties": {
        "lag_median_ns": {"$ref": "#/$defs/positive"}, "lag_p99_ns": {"$ref": "#/$defs/positive"},
        "lag_max_ns": {"$ref": "#/$defs/positive"}, "control_lag_p99_ns": {"$ref": "#/$defs/positive"},
        "excess_delay_median_ns": {"$ref": "#/$defs/positive"},
        "stolen_seconds": {"$ref": "#/$defs/positive"}, "control_stolen_seconds": {"$ref": "#/$defs/positive"},
        "longest_gap_seconds": {"$ref": "#/$defs/positive"}
      }
    },
    "engine": {
      "type": "object", "additionalProperties": false, "required": ["frames", "virtual_seconds"],
      "description": "of the run across sites alone; a deterministic document has frames and virtual_seconds only",
      "properties": {
        "frames": {"$ref": "#/$defs/count"}, "virtual_seconds": {"$ref": "#/$defs/positive"},
        "wall_seconds": {"$ref": "#/$defs/positive"}, "frames_per_second": {"$ref": "#/$defs/positive"},
        "threads": {"type": "integer", "minimum": 1}, "host": {"type": "string"}
      }
    }
  }
})schema";

}  // namespace

json::value result_schema() { return json::parse(schema_text); }

}  // namespace farlink::report
