#include "tests/watch/follower.h"

#include <chrono>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"
#include "tests/watch/error_info.h"

namespace quayside::watch {
namespace {

// Far beyond what anything here takes: a stream that is silent for so long is a broken promise.
constexpr std::chrono::seconds kLongestSilence{30};
// Of a stream: an end for those that would never be heard of again.
constexpr std::chrono::seconds kLifetime{300};

std::string Told(int64_t revision, const ModelEvent& event) {
  return absl::StrCat(revision, " ", event.type, " ", event.resource);
}

}  // namespace

void Follower::Open(v1::EventService::Stub& stub, int64_t after, const EventModel& model) {
  Cancel();
  context_ = std::make_unique<grpc::ClientContext>();
  context_->set_deadline(std::chrono::system_clock::now() + kLifetime);
  v1::WatchRequest request;
  request.set_after_revision(after);
  for (const std::string& prefix : prefixes_) request.add_type_prefixes(prefix);
  request.set_include_snapshot(wants_snapshots_);
  if (after == 0 || position_ != after) knows_items_ = false;
  in_snapshot_ = false;
  position_ = after > 0 ? std::optional<int64_t>(after) : std::nullopt;
  least_start_ = model.last();
  is_first_ = true;
  history_is_gone_ = false;
  may_break_off_ = false;
  reader_ = stub.Watch(context_.get(), request);
}

void Follower::Resume(v1::EventService::Stub& stub, const EventModel& model) {
  const int64_t after = history_is_gone_ ? 0 : position_.value_or(0);
  ++tally_.resumes;
  Open(stub, after, model);
}

void Follower::Cancel() {
  if (reader_ == nullptr) return;
  context_->TryCancel();
  // A stream that its client left has no answer to judge.
  static_cast<void>(reader_->Finish());
  reader_.reset();
  context_.reset();
}

void Follower::Read(const EventModel& model) {
  const auto began = std::chrono::steady_clock::now();
  v1::WatchResponse response;
  if (reader_->Read(&response)) {
    ++tally_.messages;
    Judge(response, model);
    is_first_ = false;
    const auto silence = std::chrono::steady_clock::now() - began;
    if (silence > kLongestSilence)
      Say(Promise::kBookmarked, absl::StrCat("heard nothing for long, then ", position_.value_or(0)));
    return;
  }
  const bool was_silent = std::chrono::steady_clock::now() - began > kLongestSilence;
  const grpc::Status status = reader_->Finish();
  reader_.reset();
  context_.reset();
  // A stream that is old and was heard of just now ends with its deadline.
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED && !was_silent) return;
  JudgeEnd(status, model);
}

bool Follower::TakeSnapshot(const v1::WatchResponse& response, const EventModel& model) {
  const bool shows = response.snapshot_size() > 0 || response.snapshot_complete() || response.has_gap();
  if (!in_snapshot_) {
    // One that was somewhere gets a snapshot only when it cannot go on from there, and is told of the gap first; that
    // may happen to an open stream, too, whose next events go.
    const bool has_gap = position_.has_value();
    if (!shows && !(wants_snapshots_ && is_first_ && !has_gap)) return false;
    if (!wants_snapshots_) Say(Promise::kSnapshot, "gets a snapshot that was not asked for");
    if (has_gap != response.has_gap()) Say(Promise::kSnapshot, has_gap ? "is not told of a gap" : "is told of a gap");
    const bool is_from_the_future = is_first_ && has_gap && *position_ > least_start_;
    if (has_gap && *position_ >= model.oldest_start() && !is_from_the_future) {
      Say(Promise::kResumable,
          absl::StrCat("has a gap after ", *position_, "; what is after ", model.oldest_start(), " is kept"));
    }
    if (has_gap) ++tally_.gaps;
    in_snapshot_ = true;
    knows_items_ = false;
    position_.reset();
    picture_.Clear();
  } else if (response.has_gap()) {
    Say(Promise::kSnapshot, "is told of a gap in the middle of a snapshot");
  }
  if (response.events_size() > 0) Say(Promise::kSnapshot, "gets events before the snapshot is complete");
  for (const v1::SnapshotEntry& entry : response.snapshot()) {
    const bool is_wanted = prefixes_ != std::vector<std::string>{"item."} || entry.resource().starts_with("items/");
    if (!is_wanted) Say(Promise::kSnapshot, absl::StrCat("is shown ", entry.resource(), ", which it did not ask for"));
    picture_.Show(entry);
  }
  if (!response.snapshot_complete()) {
    if (response.revision() != 0)
      Say(Promise::kSnapshot, absl::StrCat("may resume at ", response.revision(), ", inside the snapshot"));
    return true;
  }
  if (response.revision() < least_start_ || response.revision() > model.last()) {
    Say(Promise::kSnapshot, absl::StrCat("asked when ", least_start_, " had happened, and gets a snapshot of ",
                                         response.revision(), "; there is ", model.last()));
  }
  ++tally_.snapshots;
  in_snapshot_ = false;
  knows_items_ = true;
  position_ = response.revision();
  return true;
}

void Follower::JudgePicture(const EventModel& model) {
  if (!knows_items_) return;
  ++tally_.pictures;
  if (const auto difference = picture_.Difference(model.items()); difference.has_value())
    Say(Promise::kSnapshot, absl::StrCat("knows everything up to ", *position_, ", and ", *difference));
}

void Follower::CatchUp(v1::EventService::Stub& stub, const EventModel& model) {
  const int64_t problems = findings_.total();
  const auto deadline = std::chrono::steady_clock::now() + kLifetime;
  // What went wrong once is told once.
  while (findings_.total() == problems) {
    if (!is_open()) Resume(stub, model);
    if (!is_first_ && position_ == model.last()) return JudgePicture(model);
    if (std::chrono::steady_clock::now() > deadline) {
      return Say(Promise::kBookmarked,
                 absl::StrCat("is at ", position_.value_or(0), " for ever, not at ", model.last()));
    }
    Read(model);
  }
}

void Follower::Judge(const v1::WatchResponse& response, const EventModel& model) {
  if (TakeSnapshot(response, model)) return;
  if (!position_.has_value()) {
    if (response.revision() < least_start_ || response.events_size() > 0) {
      Say(Promise::kReliable, absl::StrCat("asked for what happens after ", least_start_, ", begins at ",
                                           response.revision(), " with ", response.events_size(), " events"));
    }
    position_ = response.revision();
  } else {
    JudgeEvents(response, model);
  }
  if (model.SplitsTransaction(response.revision(), prefixes_)) {
    Say(Promise::kAtomic, absl::StrCat("a message ends at ", response.revision(), ", inside a transaction"));
  }
  if (response.revision() < *position_) {
    Say(Promise::kOrdered, absl::StrCat("goes back from ", *position_, " to ", response.revision()));
  }
  if (response.revision() > model.last()) {
    Say(Promise::kReliable, absl::StrCat("is told of ", response.revision(), ", there is ", model.last()));
  }
  for (const v1::Event& event : response.events()) picture_.Apply(event);
  if (response.events_size() == 0) ++tally_.bookmarks;
  tally_.events += response.events_size();
  position_ = response.revision();
}

void Follower::JudgeEvents(const v1::WatchResponse& response, const EventModel& model) {
  std::map<int64_t, ModelEvent> missing = model.Between(*position_, response.revision(), prefixes_);
  int64_t before = *position_;
  for (const v1::Event& event : response.events()) {
    const ModelEvent seen{event.type(), event.resource()};
    const auto expected = missing.find(event.revision());
    if (event.revision() <= before) {
      const bool is_double = model.Between(event.revision() - 1, event.revision(), {}).contains(event.revision());
      Say(is_double ? Promise::kUnique : Promise::kOrdered,
          absl::StrCat(Told(event.revision(), seen), " comes after ", before));
    } else if (expected == missing.end() || expected->second != seen) {
      Say(Promise::kReliable, absl::StrCat(Told(event.revision(), seen), " did not happen, or was not asked for"));
    }
    before = std::max(before, event.revision());
    if (expected != missing.end()) missing.erase(expected);
  }
  if (missing.empty()) return;
  Say(is_first_ ? Promise::kResumable : Promise::kReliable,
      absl::StrCat("after ", *position_, " up to ", response.revision(), " misses ", missing.size(), ", the first is ",
                   Told(missing.begin()->first, missing.begin()->second)));
}

void Follower::JudgeEnd(const grpc::Status& status, const EventModel& model) {
  const google::rpc::ErrorInfo info = InfoOf(status);
  const auto number = [&](const char* key) {
    const auto found = info.metadata().find(key);
    return found == info.metadata().end() ? std::string("nothing") : found->second;
  };
  const bool is_broken_off = info.reason().empty() && (status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                                                       status.error_code() == grpc::StatusCode::CANCELLED);
  if (info.reason() == "SHUTTING_DOWN" || (may_break_off_ && is_broken_off)) {
    ++tally_.ended;
  } else if (info.reason() == "WATCH_TOO_SLOW") {
    ++tally_.cut;
    // It may be told to go on behind events that it did not want.
    const int64_t seen = position_.value_or(-1);
    int64_t told = 0;
    if (!absl::SimpleAtoi(number("revision"), &told) || told < seen || !model.Between(seen, told, prefixes_).empty()) {
      Say(Promise::kResumable, absl::StrCat("is cut at ", number("revision"), ", has seen ", seen));
    }
    position_ = told;
  } else if (info.reason() == "HISTORY_GONE") {
    ++tally_.gone;
    history_is_gone_ = true;
    if (wants_snapshots_) Say(Promise::kSnapshot, "is refused, although it takes a snapshot");
    // Whoever begins from now on has nothing that could be gone; what was still to come when it asked may have come
    // since.
    const int64_t last = is_first_ ? least_start_ : model.last();
    const int64_t from = position_.value_or(last);
    if (from >= model.oldest_start() && from <= last) {
      Say(Promise::kResumable, absl::StrCat("is refused from ", from, "; what is after ", model.oldest_start(),
                                            " is kept: ", status.error_message()));
    }
  } else if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    Say(Promise::kBookmarked, absl::StrCat("hears nothing after ", position_.value_or(-1)));
  } else {
    Say(Promise::kResumable, absl::StrCat("ends with ", static_cast<int>(status.error_code()), " ", info.reason(), " ",
                                          status.error_message()));
  }
}

}  // namespace quayside::watch
