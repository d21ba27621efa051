// SPDX-License-Identifier: Apache-2.0
// Expansion of a collective over a group that spans sites into a schedule of phases (same arguments, same schedule).
// - hierarchical_ring: work inside the sites first or last; each byte crosses between two sites once where it can.
// - ring: one flat ring in communicator order for all-reduce, all-gather and reduce-scatter, every step waiting for
//   the previous step's receive.
// - direct: everybody to everybody, in one step (all-reduce: two).
// - halving_doubling: reduce-scatter by recursive halving, all-gather by recursive doubling, all-reduce by both;
// members
//   beyond a power of two hand their part to a neighbour before, and get theirs from it behind.
// - double_binary_tree: all-reduce up and down two complementary trees, each with half of the buffer, in chunks that
//   follow one another; all-gather and reduce-scatter as the ring.
// The other kinds are the same under all names.
#pragma once

#include "control/collective/placement.hpp"
#include "control/collective/schedule.hpp"
#include "control/trace/graph.hpp"

namespace farlink::collective {

// K sites, n members, `bytes` as trace::Graph counts them. Sites may differ in members: shards match by byte ranges.
//   all-reduce      reduce-scatter in the site; ring over sites of each byte's owners, 2(K-1) steps of 1/K (K = 2: one
//                   exchange of everything, one delay); all-gather in the site. A site sends 2(K-1)/K S in total.
//   all-gather      each site's shards once to every other site, spread over its members; all-gather in the site
//   reduce-scatter  reduce-scatter in the site; what another site's members own goes there directly
//   all-to-all      directly, S/n to each member; the part inside the site meanwhile
//   broadcast       root to the first member of each other site; broadcast in each site (at the root's: meanwhile)
//   reduce          reduce to the first member of each site; from there to the root
//   gather, scatter directly between root and each member of other sites; the root's site meanwhile
//   barrier         barrier in the site, 8 bytes between the first members of all sites, barrier in the site
// The root is member 0. A member that only sends is done when its messages are acknowledged. Flat ring: 2(n-1) steps
// for all-reduce, n-1 for the other two; S (n-1)/n of each member and half. Direct the same bytes. Halving and doubling
// log2 n steps for each half, the same bytes where n is a power of two. Trees: 2 log2 n steps, up to 2.5 S of a member.
// Throws std::invalid_argument for a group inside one site.
Schedule expand(trace::Collective kind, units::Bytes bytes, const Placement& placement,
                scenario::CollectiveAlgorithm algorithm);

}  // namespace farlink::collective
