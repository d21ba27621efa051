// SPDX-License-Identifier: Apache-2.0
// One training step of a dense transformer (GPT, LLaMA) as a graph: tensor, pipeline (1F1B, interleaved or not) and
// data parallel (plain, ZeRO). A rank is one GPU; rank = t + tensor x (c + context x (d + data x stage)): tensor
// fastest, then context, then data, then pipeline. Nodes are gpus-per-node consecutive ranks of a site, so a tensor
// group stays inside one node.
#pragma once

#include <span>

#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::trace {

// Per micro-batch and stage: receive the activation (posted at once), forward compute, tensor-parallel all-reduces (one
// collective node, repeat = 2 x layers of the stage, b s h e bytes), send the activation (b s h e / tensor bytes per
// rank) to the same (tensor, data) index of the next stage; backward the same, reversed. Compute and tensor-parallel
// collectives of a rank form one chain; sends block nothing. Each stage has parameters / pipeline; forward compute
// takes a third of its 6 P s b FLOPs at flops x utilisation, backward exactly twice the forward time (physics: 6 P B s
// FLOPs a step).
//
// Gradients: the shard of a rank, parameters x gradient-bytes / (tensor x pipeline), goes out in buckets (the last one
// smaller) as all-reduces over the data replicas. Overlap none: whole, in one all-reduce, once every stage of the
// replica has drained (a barrier), so that none of it hides behind the cool-down (physics 6.3 with o = 0). Overlap
// backward: the last micro-batch's backward is cut into as many equal pieces as there are buckets, and each bucket
// follows its own piece. An optimizer node of duration zero waits for the buckets and for the compute chain.
// Embeddings tied between first and last stage and optimizer time are not modelled.
//
// With recomputation backward takes three forward times. Interleaved schedules, extra warm-up and ZeRO: docs/model.md,
// "A training step".
//
// Storage: the ranks of the first stage read their samples of every micro-batch from a server, and every rank writes
// its share of the state at the start of the step, beside it (storage.hpp). With prefetch all requests go out at the
// start of the step and the samples are for the next one: the step ends when they are there. Without, a rank asks for
// the samples of a micro-batch when it has done what comes before its forward, and waits for them.
//
// Sites: across-sites pipeline gives each site consecutive stages, data consecutive replicas, in proportion to its
// GPUs. Throws TraceError for shapes that do not divide, a tensor group that does not fit a node, sites with too few
// GPUs.
Graph generate(const scenario::Training& training, std::span<const scenario::Site> sites);

}  // namespace farlink::trace
