// Which targets are to be decided again: a queue per account by urgency, and the raises that wait for orders. Judges
// what it is told to look at; a target whose last decision stands is in no queue.
//
// A raise waits at one of the accounts that hold it up, by the time up to which orders must be known. When that account
// gets there the raise is judged again and goes free, or waits at the next.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "host/inventory/index/stock_facts.h"

namespace quayside {

// Not thread-safe.
class Undecided {
 public:
  explicit Undecided(const StockFacts& facts) : facts_(facts) {}

  // Judges the target, and queues it when its last decision does not stand.
  void Look(TargetNumber target);
  // Judges up to `limit` of the raises that the account may hold up no more. Answers how many; fewer: there are no
  // more.
  size_t LookAtWaiting(AccountNumber account, size_t limit);
  // Every raise that waits there, to be looked at; none waits there any more.
  [[nodiscard]] std::vector<TargetNumber> TakeWaiting(AccountNumber account);

  // Up to `limit` targets of the account, the most urgent first, each in the order it came; they leave the queue.
  [[nodiscard]] std::vector<TargetNumber> Take(AccountNumber account, size_t limit);
  [[nodiscard]] int64_t Count(AccountNumber account) const;
  [[nodiscard]] bool any() const { return queued_ > 0; }
  [[nodiscard]] std::vector<AccountNumber> AccountsWithWork() const;

 private:
  // First in, first out. An entry may be stale: the target has left the queue, or stands in a more urgent one.
  class Fifo {
   public:
    [[nodiscard]] bool empty() const { return next_ == entries_.size(); }
    void Push(TargetNumber target) { entries_.push_back(target); }
    TargetNumber Pop();

   private:
    std::vector<TargetNumber> entries_;
    size_t next_ = 0;
  };
  struct Waiting {
    TimeUs up_to_us = 0;
    TargetNumber target = 0;
    // Of a heap with the earliest on top.
    bool operator<(const Waiting& other) const { return up_to_us > other.up_to_us; }
  };
  struct Account {
    std::array<Fifo, kUrgencies> queues;
    int64_t queued = 0;
    std::vector<Waiting> waiting;  // a heap
  };
  struct Mark {
    uint8_t queue = 0;  // 0 = none; 1 + urgency
    AccountNumber waits_at = kNoNumber;
  };

  Account& At(AccountNumber account);
  Mark& MarkOf(TargetNumber target);
  void Queue(TargetNumber target, Urgency urgency);
  void Unqueue(TargetNumber target);
  void Wait(TargetNumber target, AccountNumber account);

  const StockFacts& facts_;
  std::vector<Account> accounts_;
  int64_t queued_ = 0;  // of all
  Slab<Mark> marks_;    // by target
};

}  // namespace quayside
