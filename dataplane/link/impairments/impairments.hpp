// SPDX-License-Identifier: Apache-2.0
// Stage 4, all verdicts in one place: decided once, when the near edge accepts the frame, from its ingress ordinal
// alone; they take effect behind the serializer, so lost frames have used the line. The first cause that hits is the
// one counted; every stage still sees every frame, so adding one never moves another's draws.
#pragma once

#include "dataplane/link/config.hpp"
#include "dataplane/link/impairments/bit_error.hpp"
#include "dataplane/link/impairments/burst_loss.hpp"
#include "dataplane/link/impairments/listed_loss.hpp"
#include "dataplane/link/random.hpp"

namespace farlink::link {

class Impairments {
 public:
  explicit Impairments(const DirectionConfig& c)
      : listed_{c.impairments.listed},
        burst_{c.impairments.burst, stream(c, Stage::burst_state), stream(c, Stage::burst_loss)},
        bit_error_{c.impairments.bit_error, stream(c, Stage::bit_error), c.impairments.codeword_failure,
                   overhead_of(c)},
        loss_draws_{stream(c, Stage::random_loss)},
        corrupt_draws_{stream(c, Stage::corrupt)},
        duplicate_draws_{stream(c, Stage::duplicate)},
        ce_draws_{stream(c, Stage::ce_mark)} {
    adopt(c.impairments);
  }

  // Frames already accepted keep their verdict.
  void reconfigure(const DirectionConfig& direction) {
    const ImpairmentConfig& c = direction.impairments;
    listed_.reconfigure(c.listed);
    burst_.reconfigure(c.burst);
    bit_error_.reconfigure(c.bit_error, c.codeword_failure, overhead_of(direction));
    adopt(c);
  }

  // The verdict alone, of a pause frame or grant: it is subject to loss, but moves nothing for the frames around it.
  void judge_signal(Descriptor& d) noexcept {
    if (!is_active_) return;
    if (loss_.happens(loss_draws_.draw(d.ordinal)))
      d.verdict = Cause::random;
    else if (burst_.would_lose(d.ordinal))
      d.verdict = Cause::burst;
    else if (bit_error_.loses(d.line_bytes, d.ordinal))
      d.verdict = Cause::bit_error;
  }

  // Sets verdict, edits and copies. Returns true when the frame gets its first CE mark here.
  bool judge(Descriptor& d) noexcept {
    if (!is_active_) return false;
    if (has_rare_) return judge_all(d);
    if (loss_.happens(loss_draws_.draw(d.ordinal))) d.verdict = Cause::random;
    return false;
  }

 private:
  static std::uint32_t overhead_of(const DirectionConfig& c) noexcept {
    return static_cast<std::uint32_t>(c.near_edge.overhead.count());
  }
  static Random stream(const DirectionConfig& c, Stage stage) noexcept { return {c.seed, c.link, c.direction, stage}; }

  void adopt(const ImpairmentConfig& c) noexcept {
    loss_ = c.loss;
    corrupt_ = c.corrupt;
    duplicate_ = c.duplicate;
    ce_mark_ = c.ce_mark;
    has_rare_ = !c.listed.empty() || c.burst || !c.bit_error.is_zero() || !c.codeword_failure.is_zero() ||
                !c.corrupt.is_zero() || !c.duplicate.is_zero() || !c.ce_mark.is_zero();
    is_active_ = has_rare_ || !loss_.is_zero();
  }

  bool judge_all(Descriptor& d) noexcept {
    const bool listed = listed_.loses(d);
    const bool random = loss_.happens(loss_draws_.draw(d.ordinal));
    const bool burst = burst_.loses(d.ordinal);
    const bool bit_error = bit_error_.loses(d.line_bytes, d.ordinal);
    if (listed)
      d.verdict = Cause::listed;
    else if (random)
      d.verdict = Cause::random;
    else if (burst)
      d.verdict = Cause::burst;
    else if (bit_error)
      d.verdict = Cause::bit_error;
    if (corrupt_.happens(corrupt_draws_.draw(d.ordinal))) d.edits |= edit_corrupt;
    if (duplicate_.happens(duplicate_draws_.draw(d.ordinal))) d.copies = 1;
    if (d.ecn != Ecn::not_ect && d.ecn != Ecn::ce && (d.edits & edit_ce) == 0 &&
        ce_mark_.happens(ce_draws_.draw(d.ordinal))) {
      d.edits |= edit_ce;
      return true;
    }
    return false;
  }

  ListedLoss listed_;
  BurstLoss burst_;
  BitError bit_error_;
  Random loss_draws_, corrupt_draws_, duplicate_draws_, ce_draws_;
  Probability loss_, corrupt_, duplicate_, ce_mark_;
  bool is_active_ = false;
  bool has_rare_ = false;
};

}  // namespace farlink::link
