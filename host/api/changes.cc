#include "host/api/changes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/access/audit_subject.h"
#include "host/access/roles.h"
#include "host/api/convert.h"
#include "host/api/digest.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"

namespace quayside {
namespace {

constexpr DurationUs kCleanupIntervalUs = kHourUs;
constexpr size_t kMaxRequestIdBytes = 128;

}  // namespace

absl::Status CheckRequestId(std::string_view id) {
  const bool good = id.size() <= kMaxRequestIdBytes &&
                    std::all_of(id.begin(), id.end(), [](unsigned char c) { return absl::ascii_isgraph(c); });
  if (good) return absl::OkStatus();
  return MakeFieldError(Reason::kInvalidArgument, {{"request_id", "must be at most 128 printable ASCII characters"}});
}

absl::Status WithRequestId(const google::protobuf::Message& request, absl::Status said) {
  const google::protobuf::FieldDescriptor* const field = request.GetDescriptor()->FindFieldByName("request_id");
  const std::vector<FieldViolation> told = ViolationsOf(said);
  if (told.empty() || field == nullptr) return said;
  if (std::any_of(told.begin(), told.end(), [](const auto& each) { return each.field == "request_id"; })) return said;
  return WithViolations(ViolationsOf(CheckRequestId(request.GetReflection()->GetString(request, field))), said);
}

class Changes::Turn {
 public:
  Turn(Changes& owner, const Key& key) : owner_(owner) {
    if (key.request_id.empty()) return;
    claim_ = absl::StrCat(key.method, " ", key.request_id);
    std::unique_lock<std::mutex> lock(owner_.mutex_);
    owner_.turn_over_.wait(lock, [&] { return owner_.under_way_.insert(claim_).second; });
  }
  ~Turn() {
    if (claim_.empty()) return;
    {
      const std::lock_guard<std::mutex> guard(owner_.mutex_);
      owner_.under_way_.erase(claim_);
    }
    owner_.turn_over_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Changes& owner_;
  std::string claim_;  // empty: it waits for nobody
};

std::string Changes::BodyDigest(const google::protobuf::Message& request) {
  // Without validate_only: a dry run answers what the real call with this id would.
  return DigestOf(request, {"request_id", "validate_only"});
}

absl::StatusOr<bool> Changes::Replay(ReadTx& tx, const Key& key, google::protobuf::Message& response) const {
  if (key.request_id.empty()) return false;
  QS_ASSIGN_OR_RETURN(const std::optional<RequestRecord> stored, tx.FindRequest(key.method, key.request_id));
  if (!stored.has_value() || stored->created_us < clock_.Now() - kRequestRetentionUs) return false;
  if (stored->body_sha256 != key.digest) {
    return MakeFieldError(Reason::kRequestIdReused, {{"request_id", "was used with another request; take a new one"}});
  }
  if (!response.ParseFromString(stored->response)) return absl::InternalError("a stored answer cannot be read");
  return true;
}

absl::Status Changes::Keep(Tx& tx, const Key& key, const std::string& actor, const google::protobuf::Message& response,
                           AuditDetails details) {
  const TimeUs now = clock_.Now();
  QS_RETURN_IF_ERROR(tx.AppendAudit({.time_us = now,
                                     .actor = actor,
                                     .action = ActionOf(*key.request.GetDescriptor()),
                                     .resource = SubjectOf(key.request, &response),
                                     .outcome = "ok",
                                     .details = std::move(details)})
                         .status());
  if (key.request_id.empty()) return absl::OkStatus();
  if (now - last_cleanup_us_.load() > kCleanupIntervalUs) {
    last_cleanup_us_.store(now);
    QS_RETURN_IF_ERROR(tx.DeleteRequestsBefore(now - kRequestRetentionUs));
  }
  return tx.PutRequest({.method = key.method,
                        .request_id = key.request_id,
                        .body_sha256 = key.digest,
                        .response = response.SerializeAsString(),
                        .created_us = now});
}

absl::Status Changes::Rehearse(google::protobuf::Message& response, const Change& change) {
  if (change.prepare) QS_RETURN_IF_ERROR(change.prepare());
  absl::Status found;
  const absl::Status rolled_back = store_.Write([&](Tx& tx) {
    response.Clear();
    found = change.apply(tx);
    return absl::CancelledError("nothing is made");
  });
  return found.ok() && !absl::IsCancelled(rolled_back) ? rolled_back : found;
}

absl::Status Changes::Make(const Key& key, google::protobuf::Message& response, const Change& change) {
  if (const absl::Status none = CheckRequestId(key.request_id); !none.ok())
    return WithViolations(ViolationsOf(none), Rehearse(response, change));
  QS_ASSIGN_OR_RETURN(const std::string actor, callers_.ActorOf(key.request));
  const Turn turn(*this, key);
  bool replayed = false;
  const auto replay = [&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(replayed, Replay(tx, key, response));
    return absl::OkStatus();
  };
  // Before `prepare`: a repetition is answered even when the change would no longer be possible.
  if (!key.request_id.empty()) QS_RETURN_IF_ERROR(store_.Read(replay));
  if (replayed) return absl::OkStatus();
  if (change.prepare) QS_RETURN_IF_ERROR(change.prepare());

  bool rolled_back = false;
  if (!key.validate_only) FailPoint("change-before-commit");
  const absl::Status written = store_.Write([&](Tx& tx) -> absl::Status {
    rolled_back = false;
    response.Clear();
    QS_RETURN_IF_ERROR(replay(tx));
    if (replayed) return absl::OkStatus();
    QS_RETURN_IF_ERROR(change.apply(tx));
    rolled_back = key.validate_only;
    if (rolled_back) return absl::CancelledError("validate_only");
    return Keep(tx, key, actor, response, change.details ? change.details() : AuditDetails());
  });
  if (rolled_back) return absl::OkStatus();
  QS_RETURN_IF_ERROR(written);
  FailPoint("change-after-commit");
  if (!replayed && change.after) change.after();
  return absl::OkStatus();
}

absl::Status Changes::MakeElsewhere(const Key& key, google::protobuf::Message& response,
                                    absl::FunctionRef<absl::Status(const Remember& remember)> act,
                                    const std::function<AuditDetails()>& details) {
  QS_RETURN_IF_ERROR(CheckRequestId(key.request_id));
  QS_ASSIGN_OR_RETURN(const std::string actor, callers_.ActorOf(key.request));
  bool remembered = false;
  const Remember remember = [&](Tx& tx) {
    remembered = true;
    return Keep(tx, key, actor, response, details ? details() : AuditDetails());
  };
  const auto act_and_keep = [&]() -> absl::Status {
    QS_RETURN_IF_ERROR(act(remember));
    if (key.validate_only || remembered) return absl::OkStatus();
    return store_.Write(remember);
  };
  if (key.request_id.empty()) return act_and_keep();
  const Turn turn(*this, key);
  bool replayed = false;
  QS_RETURN_IF_ERROR(store_.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(replayed, Replay(tx, key, response));
    return absl::OkStatus();
  }));
  return replayed ? absl::OkStatus() : act_and_keep();
}

absl::StatusOr<std::optional<Changes::Progress>> Changes::FindProgress(ReadTx& tx,
                                                                       const google::protobuf::Message& part,
                                                                       const std::string& request_id) const {
  std::optional<Progress> progress;
  if (request_id.empty()) return progress;
  QS_ASSIGN_OR_RETURN(const std::optional<RequestRecord> stored,
                      tx.FindRequest(part.GetDescriptor()->name(), request_id));
  if (stored.has_value() && stored->created_us >= clock_.Now() - kRequestRetentionUs)
    progress = Progress{stored->body_sha256, stored->response};
  return progress;
}

absl::StatusOr<std::optional<Changes::Progress>> Changes::ProgressOf(const google::protobuf::Message& part,
                                                                     const std::string& request_id) {
  QS_RETURN_IF_ERROR(CheckRequestId(request_id));
  std::optional<Progress> progress;
  QS_RETURN_IF_ERROR(store_.Read([&](ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(progress, FindProgress(tx, part, request_id));
    return absl::OkStatus();
  }));
  return progress;
}

absl::Status Changes::MakePart(const Part& part) {
  QS_RETURN_IF_ERROR(CheckRequestId(part.request_id));
  QS_ASSIGN_OR_RETURN(const std::string actor, callers_.ActorOf(part.request));
  bool rolled_back = false;
  if (!part.validate_only) FailPoint("change-before-commit");
  const absl::Status written = store_.Write([&](Tx& tx) -> absl::Status {
    rolled_back = false;
    QS_ASSIGN_OR_RETURN(const std::optional<Progress> before, FindProgress(tx, part.request, part.request_id));
    QS_ASSIGN_OR_RETURN(std::string digest, part.apply(tx, before));
    rolled_back = part.validate_only;
    if (rolled_back) return absl::CancelledError("validate_only");
    return Keep(tx, {part.request, part.request.GetDescriptor()->name(), part.request_id, std::move(digest), false},
                actor, part.answer, part.details());
  });
  if (rolled_back) return absl::OkStatus();
  QS_RETURN_IF_ERROR(written);
  FailPoint("change-after-commit");
  return absl::OkStatus();
}

absl::Status CheckEtag(const std::string& etag, int64_t revision, const std::string& resource) {
  return CheckEtag(etag, absl::StrCat(revision), resource);
}

absl::Status CheckEtag(const std::string& etag, const std::string& present, const std::string& resource) {
  if (etag.empty() || etag == present) return absl::OkStatus();
  return MakeError(absl::StatusCode::kAborted, Reason::kEtagMismatch,
                   absl::StrCat("'", resource, "' was changed meanwhile; read it again and repeat the change"),
                   {{"resource", resource}, {"etag", present}});
}

}  // namespace quayside
