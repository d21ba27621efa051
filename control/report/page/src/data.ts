// SPDX-License-Identifier: Apache-2.0
// The document that control/report writes: the result (docs/efficiency.md has each key) and what is drawn beyond it.
export interface Completion {
  p50_seconds: number;
  p99_seconds: number;
  max_seconds: number;
  messages: number;
}

export interface Link {
  name: string;
  direction: string;
  frames_in: number;
  frames_duplicated: number;
  frames_generated: number;
  frames_out: number;
  frames_absorbed: number;
  frames_held: number;
  dropped: Record<string, number>;
  ecn_marked: number;
  wire_bytes: number;
  utilisation: number;
  queue_peak_bytes: number;
  buffer_bytes: number;
  rate_bps: number;
  one_way_delay_seconds: number;
  paused_seconds: number;
  far_queue_peak_bytes: number;
  far_buffer_bytes: number;
  far_paused_seconds: number;
  far_pauses: number;
  pause_frames: number;
  pauses_expired: number;
  watchdog_dropped: number;
  frames_background?: number;
  background_dropped?: number;
  near_cnps?: number;
}

// Something that happened to a link: in one direction of it, or in both.
export interface LinkEvent {
  at_seconds: number;
  link: string;
  direction: string;
  what: string;
}

export interface Flow {
  name: string;
  goodput_bps: number;
  goodput_error_bps?: number;
  sent: number;
  retransmitted: number;
  lost: number;
  timeouts: number;
  completion: Completion;
}

export interface BothRuns {
  single_site: number | null;
  across_sites: number | null;
}

export interface Attribution {
  cause: string;
  points: number;
  was_run: boolean;
  points_error?: number;
}

export interface Steps {
  steps: number;
  min_seconds: number;
  p50_seconds: number;
  p99_seconds: number;
  max_seconds: number;
  seconds: number[];
}

export interface OfSeed {
  seed: number;
  efficiency: number;
  step_seconds: BothRuns;
  exposed_communication_seconds: number;
  messages: Completion;
  retransmitted: number;
  timeouts: number;
}

export interface CutEffects {
  link: string;
  cut_seconds: number;
  moments: {moment: number; share: number; aborts: boolean; seconds: number}[];
}

export interface Goodput {
  duration_seconds: number;
  histories: number;
  single_site: number;
  across_sites: number;
  standard_error: number;
  p5: number;
  p95: number;
  steps: BothRuns;
  efficiency: number | null;
  spent: Record<string, number>;
  failures: number;
  cuts: number;
  aborts: number;
  effects: CutEffects[];
}

export interface Expectation {
  metric: string;
  expected: string;
  measured: number | null;
  met: boolean;
}

export interface Result {
  version: string;
  scenario: string;
  scenario_hash: string;
  seed: number;
  seeds: number;
  workload: string;
  ranks: number;
  valid: boolean;
  why_invalid: string | null;
  efficiency: number | null;
  efficiency_error: number | null;
  step_seconds: BothRuns;
  step_distribution?: {single_site: Steps; across_sites: Steps};
  by_seed?: OfSeed[];
  mfu: BothRuns;
  exposed_communication_seconds: number;
  exposed_communication_single_site_seconds: number;
  attribution: Attribution[];
  goodput?: Goodput;
  expectations: Expectation[];
  links: Link[];
  flows: Flow[];
  events?: LinkEvent[];
  messages: Completion;
  retransmitted: number;
  timeouts: number;
  cnps_sent: number;
  cnps_received: number;
  rate_cuts: number;
  engine: {
    frames: number;
    virtual_seconds: number;
    wall_seconds?: number;
    frames_per_second?: number;
    threads?: number;
    host?: string;
  };
  assumptions: string[];
}

interface PackedLane {
  name: string;
  intervals: number[];
}

export interface Samples {
  start: number[]; // nanoseconds
  utilisation: number[]; // hundredths of a percent
  queue: number[]; // bytes
}

export interface Document {
  result: Result;
  phases: string[];
  timeline: {single_site: PackedLane[]; across_sites: PackedLane[]};
  samples: Samples[]; // one for each of result.links
}

export interface Interval {
  start: number; // seconds from the start of the step
  end: number;
  phase: string;
  isCommunication: boolean;
  microbatch: number;
}

export interface Lane {
  name: string;
  intervals: Interval[];
}

const communicationBit = 16;

// The reverse of page_data.cpp: [gap, duration, phase, microbatch] in nanoseconds.
export function unpack(lanes: PackedLane[], phases: string[]): Lane[] {
  return lanes.map(({name, intervals}) => {
    const out: Interval[] = [];
    let end = 0;
    for (let i = 0; i + 3 < intervals.length; i += 4) {
      const start = end + intervals[i]!;
      end = start + intervals[i + 1]!;
      const code = intervals[i + 2]!;
      out.push({
        start: start * 1e-9,
        end: end * 1e-9,
        phase: phases[code % communicationBit] ?? 'other',
        isCommunication: code >= communicationBit,
        microbatch: intervals[i + 3]!,
      });
    }
    return {name, intervals: out};
  });
}

export function read(): Document {
  return JSON.parse(document.getElementById('farlink-data')!.textContent!) as Document;
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export const droppedOf = (link: Link): number => sum(Object.values(link.dropped));
