// A client that follows the events over one stream after the other, and holds each message to the model.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/client_context.h"
#include "quayside/v1/event_service.grpc.pb.h"
#include "tests/watch/event_model.h"
#include "tests/watch/findings.h"
#include "tests/watch/picture.h"

namespace quayside::watch {

// What became of streams.
struct FollowerTally {
  int64_t messages = 0;
  int64_t bookmarks = 0;
  int64_t events = 0;
  int64_t resumes = 0;
  int64_t gone = 0;       // ended with HISTORY_GONE
  int64_t cut = 0;        // ended with WATCH_TOO_SLOW
  int64_t ended = 0;      // ended with their host
  int64_t snapshots = 0;  // complete ones
  int64_t gaps = 0;       // of them those that came because history was gone
  int64_t pictures = 0;   // held to what there is
};

// Not thread-safe.
class Follower {
 public:
  // `wants_snapshots`: it begins with what there is, and knows from then on what items there are.
  Follower(std::string name, std::vector<std::string> prefixes, bool wants_snapshots, Findings& findings,
           FollowerTally& tally)
      : name_(std::move(name)),
        prefixes_(std::move(prefixes)),
        wants_snapshots_(wants_snapshots),
        findings_(findings),
        tally_(tally) {}
  ~Follower() { Cancel(); }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // From the revision, 0 = from now on.
  void Open(v1::EventService::Stub& stub, int64_t after, const EventModel& model);
  // Goes on where it is; at the end of what there is when its history is gone.
  void Resume(v1::EventService::Stub& stub, const EventModel& model);
  // Leaves in the middle of the stream.
  void Cancel();
  // The host was closed under the stream, which may break off without a word if nobody read it.
  void HostClosed() { may_break_off_ = true; }
  [[nodiscard]] bool is_open() const { return reader_ != nullptr; }
  // Everything up to here was seen.
  [[nodiscard]] std::optional<int64_t> position() const { return position_; }

  // One message, or the end of the stream.
  void Read(const EventModel& model);
  // Reads until everything is seen that happened, and what it knows is held to what there is. Resumes whatever ends
  // with a reason.
  void CatchUp(v1::EventService::Stub& stub, const EventModel& model);

 private:
  void Judge(const v1::WatchResponse& response, const EventModel& model);
  // True: the message is one of a snapshot, or should be.
  bool TakeSnapshot(const v1::WatchResponse& response, const EventModel& model);
  void JudgePicture(const EventModel& model);
  void JudgeEvents(const v1::WatchResponse& response, const EventModel& model);
  void JudgeEnd(const grpc::Status& status, const EventModel& model);
  void Say(Promise promise, const std::string& text) { findings_.Add(promise, name_ + ": " + text); }

  const std::string name_;
  const std::vector<std::string> prefixes_;
  const bool wants_snapshots_;
  Findings& findings_;
  FollowerTally& tally_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchResponse>> reader_;
  // Unset: the stream's first message will tell.
  std::optional<int64_t> position_;
  int64_t least_start_ = 0;  // of a stream from now on: what had happened when it was asked for
  bool is_first_ = false;    // no message yet
  bool may_break_off_ = false;
  bool history_is_gone_ = false;  // the next stream begins anew
  bool in_snapshot_ = false;      // it is not complete
  // Set from a complete snapshot on, as long as each stream goes on where the one before was.
  bool knows_items_ = false;
  Picture picture_;
};

}  // namespace quayside::watch
