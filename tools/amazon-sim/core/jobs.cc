#include "core/jobs.h"

#include <algorithm>
#include <charconv>

#include "core/world.h"

namespace amazon_sim {

std::optional<JobStatus> ParseJobStatus(std::string_view name) {
  const auto found = std::find(kJobStatusNames.begin(), kJobStatusNames.end(), name);
  if (found == kJobStatusNames.end()) return std::nullopt;
  return static_cast<JobStatus>(found - kJobStatusNames.begin());
}

Job& JobBook::Add(World& world, std::unique_ptr<Job> job, Micros queue, Micros now) {
  ForgetOld(world, now);
  job->number_ = next_number_++;
  job->id = std::to_string(first_id_ + job->number_);
  job->created = now;
  job->due = now + queue;
  Job& added = *jobs_.emplace(job->number_, std::move(job)).first->second;
  Plan(world, added);
  return added;
}

Job* JobBook::Find(std::string_view id, const Account* account) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), value);
  if (error != std::errc() || end != id.data() + id.size() || value < first_id_) return nullptr;
  const auto found = jobs_.find(value - first_id_);
  if (found == jobs_.end() || (account && found->second->account != account)) return nullptr;
  return found->second.get();
}

bool JobBook::Finish(World& world, Job& job, JobStatus status, Micros now) {
  if (IsOver(job.status)) return false;
  ++job.plan_;
  if (status == JobStatus::kDone && job.status == JobStatus::kInQueue) Start(world, job, now);
  Close(world, job, status, now);
  return true;
}

bool JobBook::Delay(World& world, Job& job, Micros more) {
  if (IsOver(job.status)) return false;
  job.due += more;
  Plan(world, job);
  return true;
}

bool JobBook::Hang(World& world, Job& job, bool hung, Micros now) {
  if (IsOver(job.status)) return false;
  job.hung = hung;
  job.due = std::max(job.due, now);
  Plan(world, job);
  return true;
}

void JobBook::Plan(World& world, Job& job) {
  const std::uint64_t plan = ++job.plan_;
  // A hung job still leaves the queue: it is processing that never ends.
  if (job.hung && job.status == JobStatus::kInProgress) return;
  world.Schedule(job.due, [pick = pick_, number = job.number_, plan](World& later, Micros now) {
    pick(later).Step(later, number, plan, now);
  });
}

void JobBook::Step(World& world, std::uint64_t number, std::uint64_t plan, Micros now) {
  const auto found = jobs_.find(number);
  if (found == jobs_.end() || found->second->plan_ != plan) return;
  Job& job = *found->second;
  if (job.status == JobStatus::kInProgress) {
    Close(world, job, job.fate, now);
  } else if (!MustWait(job)) {
    Start(world, job, now);
    job.due = now + job.work;
    Plan(world, job);
  }
}

bool JobBook::MustWait(const Job& job) const {
  if (!one_at_a_time) return false;
  return std::any_of(jobs_.begin(), jobs_.lower_bound(job.number_), [&](const auto& entry) {
    const Job& other = *entry.second;
    return other.account == job.account && other.type == job.type && !IsOver(other.status);
  });
}

void JobBook::Start(World& world, Job& job, Micros now) {
  job.status = JobStatus::kInProgress;
  job.started = now;
  job.Begin(world, now);
}

void JobBook::Close(World& world, Job& job, JobStatus status, Micros now) {
  job.status = status;
  job.ended = now;
  job.End(world, now);
  if (!one_at_a_time) return;
  // The next one may have been waiting for this one.
  for (const auto& [number, other] : jobs_) {
    if (other->account != job.account || other->type != job.type || other->status != JobStatus::kInQueue) continue;
    other->due = std::max(other->due, now);
    Plan(world, *other);
    return;
  }
}

void JobBook::ForgetOld(World& world, Micros now) {
  while (!jobs_.empty()) {
    Job& oldest = *jobs_.begin()->second;
    if (!IsOver(oldest.status) || oldest.ended + retention > now) return;
    oldest.Forget(world);
    jobs_.erase(jobs_.begin());
  }
}

}  // namespace amazon_sim
