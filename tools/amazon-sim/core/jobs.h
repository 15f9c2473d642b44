// What Amazon does later: the life of a report or a feed from the queue to its end, on the simulated clock.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/marketplaces.h"
#include "core/rng.h"
#include "core/sim_clock.h"

namespace amazon_sim {

class World;
struct Account;

enum class JobStatus : std::uint8_t { kInQueue, kInProgress, kDone, kCancelled, kFatal };
inline constexpr std::array<std::string_view, 5> kJobStatusNames{"IN_QUEUE", "IN_PROGRESS", "DONE", "CANCELLED",
                                                                 "FATAL"};
constexpr std::string_view Name(JobStatus status) { return kJobStatusNames[static_cast<std::size_t>(status)]; }
std::optional<JobStatus> ParseJobStatus(std::string_view name);
constexpr bool IsOver(JobStatus status) { return status != JobStatus::kInQueue && status != JobStatus::kInProgress; }

// One report or feed.
class Job {
 public:
  virtual ~Job() = default;

  // Processing begins: data is looked at now. May change `fate`.
  virtual void Begin(World& world, Micros now) = 0;
  // The job is over, with `status` as it stays. Called also when it never began.
  virtual void End(World& world, Micros now) = 0;
  // The job is about to be forgotten, and what it left behind with it.
  virtual void Forget(World& world) = 0;

  std::string id;
  std::string type;
  const Account* account = nullptr;
  std::vector<const Marketplace*> marketplaces;
  Micros created = 0;
  Micros started = 0;  // 0: not yet
  Micros ended = 0;    // 0: not yet
  JobStatus status = JobStatus::kInQueue;
  JobStatus fate = JobStatus::kDone;  // how it will end
  double done_before_fatal = 0;       // share of the work that takes effect all the same
  bool hung = false;                  // goes nowhere until told
  Micros due = 0;                     // when the next thing happens, unless hung or waiting for another job
  Micros work = 0;                    // how long processing takes

 private:
  friend class JobBook;
  std::uint64_t number_ = 0;
  std::uint64_t plan_ = 0;  // an event made for an older plan does nothing
};

// All jobs of one kind.
class JobBook {
 public:
  // `pick`: which book of the world this is, for events that outlive a call.
  using Pick = JobBook& (*)(World&);
  JobBook(Pick pick, std::uint64_t first_id) : pick_(pick), first_id_(first_id) {}

  // Takes a job that waits for `queue` and then works for job.work; gives it its id.
  Job& Add(World& world, std::unique_ptr<Job> job, Micros queue, Micros now);
  // Null when there is none of that account.
  Job* Find(std::string_view id, const Account* account);
  // Newest first. Calls visit(const Job&) until it returns false.
  template <typename Visit>
  void ForEachNewestFirst(Visit visit) const {
    for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job) {
      if (!visit(*job->second)) return;
    }
  }
  std::size_t size() const { return jobs_.size(); }

  // The test author's hand. Each refuses (false) what is over already.
  bool Finish(World& world, Job& job, JobStatus status, Micros now);  // DONE does the work first
  bool Delay(World& world, Job& job, Micros more);
  bool Hang(World& world, Job& job, bool hung, Micros now);

  // Jobs of one account and type are processed one after the other, in the order they came.
  bool one_at_a_time = false;
  // Jobs that ended longer ago are forgotten at the next Add.
  Micros retention = 90 * kDay;

 private:
  void Plan(World& world, Job& job);
  void Step(World& world, std::uint64_t number, std::uint64_t plan, Micros now);
  bool MustWait(const Job& job) const;
  void Start(World& world, Job& job, Micros now);
  void Close(World& world, Job& job, JobStatus status, Micros now);
  void ForgetOld(World& world, Micros now);

  Pick pick_;
  std::uint64_t first_id_;
  std::uint64_t next_number_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Job>> jobs_;  // by number, which is the order of creation
};

}  // namespace amazon_sim
