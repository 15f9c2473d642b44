#include "host/inventory/index/undecided.h"

#include <algorithm>

namespace quayside {

TargetNumber Undecided::Fifo::Pop() {
  const TargetNumber target = entries_[next_++];
  if (next_ == entries_.size()) {
    // A burst must not keep its room for ever.
    std::vector<TargetNumber>().swap(entries_);
    next_ = 0;
  }
  return target;
}

Undecided::Account& Undecided::At(AccountNumber account) {
  if (account >= accounts_.size()) accounts_.resize(account + 1);
  return accounts_[account];
}

Undecided::Mark& Undecided::MarkOf(TargetNumber target) {
  while (marks_.size() <= target) marks_.Add({});
  return marks_[target];
}

void Undecided::Look(TargetNumber target) {
  const TargetVerdict verdict = facts_.Judge(target);
  if (verdict.state == TargetState::kHeld) {
    if (const auto behind = facts_.FirstBehind(target); behind.has_value()) Wait(target, *behind);
  } else {
    MarkOf(target).waits_at = kNoNumber;
  }
  if (DecisionStands(facts_.Last(target, verdict), verdict)) {
    Unqueue(target);
  } else {
    Queue(target, UrgencyOf(verdict, facts_.Shown(target, verdict)));
  }
}

void Undecided::Wait(TargetNumber target, AccountNumber account) {
  Mark& mark = MarkOf(target);
  // Its place there may be for an earlier change; then it is only looked at once more than needed.
  if (mark.waits_at == account) return;
  mark.waits_at = account;
  std::vector<Waiting>& waiting = At(account).waiting;
  waiting.push_back({facts_.ChangedAt(target), target});
  std::push_heap(waiting.begin(), waiting.end());
}

size_t Undecided::LookAtWaiting(AccountNumber account, size_t limit) {
  std::vector<Waiting> free;
  std::vector<Waiting>& waiting = At(account).waiting;
  while (free.size() < limit && !waiting.empty() && !facts_.HoldsUp(account, waiting.front().up_to_us)) {
    std::pop_heap(waiting.begin(), waiting.end());
    free.push_back(waiting.back());
    waiting.pop_back();
  }
  for (const Waiting& one : free) {
    if (MarkOf(one.target).waits_at != account) continue;  // waits elsewhere by now, or not at all
    MarkOf(one.target).waits_at = kNoNumber;
    Look(one.target);
  }
  return free.size();
}

std::vector<TargetNumber> Undecided::TakeWaiting(AccountNumber account) {
  std::vector<TargetNumber> taken;
  for (const Waiting& one : std::exchange(At(account).waiting, {})) {
    if (MarkOf(one.target).waits_at != account) continue;
    MarkOf(one.target).waits_at = kNoNumber;
    taken.push_back(one.target);
  }
  return taken;
}

void Undecided::Queue(TargetNumber target, Urgency urgency) {
  const auto queue = static_cast<uint8_t>(1 + static_cast<int>(urgency));
  Mark& mark = MarkOf(target);
  if (mark.queue != 0 && mark.queue <= queue) return;
  Account& account = At(facts_.AccountOf(target));
  if (mark.queue == 0) {
    ++account.queued;
    ++queued_;
  }
  mark.queue = queue;
  account.queues[static_cast<size_t>(urgency)].Push(target);
}

void Undecided::Unqueue(TargetNumber target) {
  Mark& mark = MarkOf(target);
  if (mark.queue == 0) return;
  mark.queue = 0;
  --At(facts_.AccountOf(target)).queued;
  --queued_;
}

std::vector<TargetNumber> Undecided::Take(AccountNumber number, size_t limit) {
  std::vector<TargetNumber> taken;
  Account& account = At(number);
  for (size_t urgency = 0; urgency < account.queues.size(); ++urgency) {
    Fifo& queue = account.queues[urgency];
    while (taken.size() < limit && !queue.empty()) {
      const TargetNumber target = queue.Pop();
      if (MarkOf(target).queue != urgency + 1) continue;
      Unqueue(target);
      taken.push_back(target);
    }
  }
  return taken;
}

int64_t Undecided::Count(AccountNumber account) const {
  return account < accounts_.size() ? accounts_[account].queued : 0;
}

std::vector<AccountNumber> Undecided::AccountsWithWork() const {
  std::vector<AccountNumber> found;
  for (AccountNumber account = 0; account < accounts_.size(); ++account) {
    if (accounts_[account].queued > 0) found.push_back(account);
  }
  return found;
}

}  // namespace quayside
