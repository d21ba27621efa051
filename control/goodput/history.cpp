// SPDX-License-Identifier: Apache-2.0
#include "control/goodput/history.hpp"

#include <algorithm>

namespace farlink::goodput {
namespace {

enum class State {
  training,
  stalled,  // a cut holds the step back, or the link is dark when training would go on
  doomed,   // a cut has begun that the transport will not get over
  writing,  // a checkpoint
  down,     // aborted; restarting, or waiting for the link after that
};

class Course {
 public:
  Course(const Job& job, const Interruptions& next)
      : job_{job}, next_{next}, segment_{steps_between_checkpoints(job) * job.step}, coming_{next_()} {
    enter(State::training);
  }

  History run() {
    while (now_ < job_.duration) {
      const bool is_interrupted = coming_ && coming_->at < until_;  // what ends at that moment has ended
      const Duration at = std::min({until_, job_.duration, is_interrupted ? coming_->at : until_});
      spend(at - now_);
      now_ = at;
      if (now_ == job_.duration) break;
      if (!is_interrupted) {
        end_of_state();
        continue;
      }
      interrupt(*coming_);
      coming_ = next_();
    }
    settle();
    return history_;
  }

 private:
  static std::int64_t steps_between_checkpoints(const Job& job) {
    const std::int64_t step = job.step.picoseconds();
    return std::max<std::int64_t>(1, (job.checkpoint.every.picoseconds() + step - 1) / step);
  }

  void spend(Duration time) {
    switch (state_) {
      case State::training:
        done_ += time;
        break;
      case State::writing:
        written_ += time;
        break;
      case State::stalled:
        history_.spent.stalls += time;
        break;
      case State::doomed:
      case State::down:
        history_.spent.restarts += time;
        break;
    }
  }

  void enter(State state, Duration length = {}) {
    state_ = state;
    until_ = now_ + (state == State::training ? segment_ - done_ : length);
  }

  // A link that is dark when training would go on holds it back until its light is there.
  void go_on(State waiting) { light_at_ > now_ ? enter(waiting, light_at_ - now_) : enter(State::training); }

  void end_of_state() {
    switch (state_) {
      case State::training:
        return enter(State::writing, job_.checkpoint.write);
      case State::writing:
        history_.spent.useful += done_;
        history_.spent.checkpoints += written_;
        ++history_.checkpoints;
        done_ = written_ = Duration::zero();
        return go_on(State::stalled);
      case State::stalled:
        return enter(State::training);
      case State::doomed:
        ++history_.aborts;
        return abort();
      case State::down:
        return go_on(State::down);
    }
  }

  void abort() {
    history_.spent.rework += done_ + written_;
    done_ = written_ = Duration::zero();
    enter(State::down, job_.checkpoint.restart);
  }

  void interrupt(const Interruption& what) {
    if (!what.cut) {
      ++history_.failures;
      return abort();
    }
    ++history_.cuts;
    const Cuts& cuts = job_.cuts.at(*what.cut);
    light_at_ = std::max(light_at_, now_ + cuts.length);
    if (state_ != State::training && state_ != State::stalled) return;
    const CutEffect effect = effect_of(cuts);
    if (effect.aborts) return enter(State::doomed, effect.after);
    enter(State::stalled, state_ == State::stalled ? std::max(until_ - now_, effect.after) : effect.after);
  }

  const CutEffect& effect_of(const Cuts& cuts) const {
    const std::int64_t step = job_.step.picoseconds();
    const double moment = static_cast<double>(done_.picoseconds() % step) / static_cast<double>(step);
    const auto part = static_cast<std::size_t>(moment * static_cast<double>(cuts.by_part.size()));
    return cuts.by_part[std::min(part, cuts.by_part.size() - 1)];
  }

  // At the end steps count that no checkpoint has saved yet, unless the job is doomed.
  void settle() {
    TimeSpent& spent = history_.spent;
    const std::int64_t step = job_.step.picoseconds();
    if (state_ == State::doomed) {
      spent.rework += done_;
    } else {
      const Duration whole = job_.step * (done_.picoseconds() / step);
      spent.useful += whole;
      spent.unfinished += done_ - whole;
      spent.checkpoints += written_;
    }
    history_.steps = static_cast<std::uint64_t>(spent.useful.picoseconds() / step);
  }

  const Job& job_;
  const Interruptions& next_;
  Duration segment_;  // training between two checkpoints
  std::optional<Interruption> coming_;
  State state_ = State::training;
  Duration now_, until_;
  Duration done_;      // training since the last complete checkpoint
  Duration written_;   // time that the checkpoint under way has taken
  Duration light_at_;  // when every link that was cut is lit again
  History history_;
};

}  // namespace

History history_of(const Job& job, const Interruptions& next) { return Course{job, next}.run(); }

}  // namespace farlink::goodput
