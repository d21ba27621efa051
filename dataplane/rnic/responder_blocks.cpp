// SPDX-License-Identifier: Apache-2.0
// What an erasure code changes in the receiving half of a queue pair: a gap in the newest block is not told, since the
// block's parity may fill it, until all that belongs to the block has come or gone by.
#include <algorithm>

#include "dataplane/rnic/responder.hpp"
#include "dataplane/wire/psn.hpp"

namespace farlink::rnic {

bool Responder::may_be_rebuilt(std::uint64_t sequence) const noexcept {
  const auto& decoder = reordering_->decoder;
  return decoder && !decoder->is_settled() && sequence >= decoder->first();
}

void Responder::enter_block(std::uint64_t first) {
  if (first <= reordering_->decoder->first()) return;
  settle_block();
  reordering_->decoder->begin(first);
}

void Responder::enter_block_of(const Frame& frame, std::uint64_t sequence) {
  const bool is_old = sequence < expected_;  // all of its block before it is here
  if (is_old || frame.position > sequence || sequence - expected_ >= config_->window) return;
  enter_block(sequence - frame.position);
}

void Responder::receive_parity(const Frame& frame) {
  if (is_dead_ || reordering_ == nullptr || !reordering_->decoder) return;
  BlockDecoder& decoder = *reordering_->decoder;
  const std::int64_t ahead = wire::psn_difference(frame.psn, static_cast<std::uint32_t>(expected_) & wire::psn_mask);
  const bool is_beyond = ahead >= 0 ? static_cast<std::uint64_t>(ahead) >= config_->window
                                    : static_cast<std::uint64_t>(-ahead) > expected_;
  if (is_beyond) return;
  const std::uint64_t first = expected_ + static_cast<std::uint64_t>(ahead);
  enter_block(first);
  if (first != decoder.first() || decoder.is_settled() || !decoder.add(frame)) return;
  rebuild();
  if (decoder.is_last(frame)) settle_block();
}

void Responder::rebuild() {
  const BlockDecoder& decoder = *reordering_->decoder;
  BlockDecoder::Places missing;
  for (std::uint32_t place = 0; place < decoder.packets(); ++place) {
    const std::uint64_t sequence = decoder.first() + place;
    missing[place] = sequence >= expected_ && reordering_->kept.find(sequence) == nullptr;
  }
  const BlockDecoder::Places rebuilt = decoder.rebuilt(missing);
  const std::uint64_t before = expected_;
  for (std::uint32_t place = 0; place < decoder.packets(); ++place) {
    const std::uint64_t sequence = decoder.first() + place;
    if (!rebuilt[place]) continue;
    ++counters_.rebuilt;
    reordering_->highest = std::max(reordering_->highest, sequence + 1);
    if (sequence > before) reordering_->kept.keep(sequence, before, decoder.packet(place));
  }
  if (rebuilt.none() || before < decoder.first()) return;
  const auto place = static_cast<std::uint32_t>(before - decoder.first());
  if (rebuilt[place]) execute_rebuilt(decoder.packet(place));
}

// What is missing in front of a packet that came is told. What is missing at the end of the block is told when
// something behind it comes.
void Responder::settle_block() noexcept {
  BlockDecoder& decoder = *reordering_->decoder;
  if (decoder.is_settled()) return;
  decoder.settle();
  const auto has_come = [&](std::uint64_t sequence) {
    return sequence < expected_ || reordering_->kept.find(sequence) != nullptr;
  };
  std::uint64_t sequence = std::max(decoder.first(), expected_);
  while (sequence < reordering_->highest) {
    const std::uint64_t first = sequence;
    while (sequence < reordering_->highest && !has_come(sequence)) ++sequence;
    if (sequence > first && sequence < reordering_->highest) {
      reordering_->gaps.push_back({first, sequence});
      has_gaps_ = true;
      ++counters_.naks;
    }
    ++sequence;
  }
}

}  // namespace farlink::rnic
