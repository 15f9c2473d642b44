#include "host/api/level_import.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "host/api/convert.h"
#include "host/api/digest.h"
#include "host/base/error_metadata.h"
#include "host/base/errors.h"
#include "host/base/names.h"

namespace quayside {
namespace {

constexpr int kMaxChunk = 1000;

// Before the digest that is kept: whether unknown items are made.
constexpr absl::string_view kCreating = "creating ";
constexpr absl::string_view kKnownOnly = "known ";

// The digest of an import that goes on with this level.
std::string DigestWith(const std::string& digest, const api::LevelChange& change) {
  return Sha256(absl::StrCat(digest, change.SerializeAsString()));
}

absl::Status OtherImport() {
  return MakeFieldError(Reason::kRequestIdReused, {{"request_id", "was used with other levels; take a new one"}});
}

}  // namespace

std::string LocationIn(const std::string& name, const std::string& field, std::vector<FieldViolation>& violations) {
  if (name.empty()) return "";
  const auto id = ParseLocationName(name, field);
  if (id.ok()) return *id;
  for (const FieldViolation& violation : ViolationsOf(id.status())) violations.push_back(violation);
  return "";
}

LevelImport::Stored LevelImport::Nothing() const {
  Stored nothing;
  nothing.create_items = create_items_;
  return nothing;
}

absl::StatusOr<LevelImport::Stored> LevelImport::Parsed(const std::optional<Changes::Progress>& progress) const {
  Stored stored = Nothing();
  if (!progress.has_value()) return stored;
  if (!stored.answer.ParseFromString(progress->answer)) return absl::InternalError("a stored answer cannot be read");
  absl::string_view kept = progress->digest;
  stored.create_items = absl::ConsumePrefix(&kept, kCreating);
  if (!stored.create_items && !absl::ConsumePrefix(&kept, kKnownOnly))
    return absl::InternalError("what is kept of an import cannot be read");
  stored.digest = std::string(kept);
  return stored;
}

absl::Status LevelImport::Take(const api::ImportLevelsRequest& message) {
  if (!begun_) QS_RETURN_IF_ERROR(Begin(message));
  QS_RETURN_IF_ERROR(CheckMessage(message));
  return Next(message);
}

absl::Status LevelImport::Told(const absl::Status& failed) const {
  return begun_ ? AddMetadata(failed, {{"levels", absl::StrCat(durable_levels_)}}) : failed;
}

absl::Status LevelImport::Begin(const api::ImportLevelsRequest& first) {
  begun_ = true;
  create_items_ = first.create_items();
  validate_only_ = first.validate_only();
  request_id_ = first.request_id();
  QS_RETURN_IF_ERROR(Look(first));
  const bool goes_on = first.begin() != 0 && first.begin() == stored_.answer.levels();
  if (first.begin() != 0 && !goes_on) {
    return MakeFieldError(
        Reason::kInvalidArgument,
        {{"begin", request_id_.empty() ? "must be 0: without a request_id nothing is kept of an import"
                                       : absl::StrCat("must be 0, or ", stored_.answer.levels(),
                                                      ", how many levels of the import are stored")}});
  }
  position_ = goes_on ? first.begin() : 0;
  digest_ = goes_on ? stored_.digest : Nothing().digest;
  return absl::OkStatus();
}

absl::Status LevelImport::CheckMessage(const api::ImportLevelsRequest& message) const {
  std::vector<FieldViolation> violations;
  if (message.changes_size() > kMaxChunk) violations.push_back({"changes", "must be at most 1000 in a message"});
  if (!message.request_id().empty() && message.request_id() != request_id_)
    violations.push_back({"request_id", "is not that of the first message"});
  return violations.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidArgument, violations);
}

absl::Status LevelImport::CheckCreates() const {
  if (stored_.answer.levels() == 0 || stored_.create_items == create_items_) return absl::OkStatus();
  return MakeFieldError(
      Reason::kRequestIdReused,
      {{"create_items", absl::StrCat("was ", stored_.create_items ? "true" : "false",
                                     " when the import began; send it so again, or take a new request_id")}});
}

absl::Status LevelImport::Next(const api::ImportLevelsRequest& message) {
  // Who sends no levels only asks.
  if (message.changes().empty()) return absl::OkStatus();
  while (true) {
    QS_RETURN_IF_ERROR(CheckCreates());
    const int64_t position = position_;
    const std::string digest = digest_;
    QS_ASSIGN_OR_RETURN(const size_t from, Compare(message, stored_));
    if (from == static_cast<size_t>(message.changes_size())) return absl::OkStatus();
    QS_ASSIGN_OR_RETURN(const bool done, StoreRest(message, from));
    if (done) return absl::OkStatus();
    // More is stored now than was known: from the message's first level again.
    position_ = position;
    digest_ = digest;
    QS_RETURN_IF_ERROR(Look(message));
    if (stored_.answer.levels() < position_) {
      return MakeFieldError(Reason::kRequestIdReused, {{"request_id", "is forgotten by now; take a new one"}});
    }
  }
}

absl::Status LevelImport::Look(const api::ImportLevelsRequest& message) {
  QS_ASSIGN_OR_RETURN(const std::optional<Changes::Progress> progress, parts_.changes.ProgressOf(message, request_id_));
  QS_ASSIGN_OR_RETURN(stored_, Parsed(progress));
  durable_levels_ = stored_.answer.levels();
  return absl::OkStatus();
}

absl::StatusOr<size_t> LevelImport::Compare(const api::ImportLevelsRequest& message, const Stored& stored) {
  size_t from = 0;
  while (position_ < stored.answer.levels() && from < static_cast<size_t>(message.changes_size())) {
    digest_ = DigestWith(digest_, message.changes(static_cast<int>(from)));
    ++from;
    if (++position_ == stored.answer.levels() && digest_ != stored.digest) return OtherImport();
  }
  return from;
}

absl::StatusOr<std::vector<StockChange>> LevelImport::Parse(const api::ImportLevelsRequest& message,
                                                            size_t from) const {
  std::vector<FieldViolation> violations;
  std::vector<StockChange> changes;
  for (int i = static_cast<int>(from); i < message.changes_size(); ++i) {
    const api::LevelChange& change = message.changes(i);
    const std::string field = absl::StrCat("changes[", position_ + static_cast<int64_t>(changes.size()), "].location");
    changes.push_back({.sku = change.sku(),
                       .location_id = LocationIn(change.location(), field, violations),
                       .level = change.level(),
                       .title = change.title()});
  }
  if (violations.empty()) return changes;
  return WithViolations(std::move(violations), CheckStockChanges(changes, static_cast<size_t>(position_)));
}

absl::StatusOr<bool> LevelImport::StoreRest(const api::ImportLevelsRequest& message, size_t from) {
  QS_ASSIGN_OR_RETURN(const std::vector<StockChange> changes, Parse(message, from));
  std::string digest = digest_;
  for (int i = static_cast<int>(from); i < message.changes_size(); ++i) digest = DigestWith(digest, message.changes(i));
  api::ImportLevelsResponse answer;
  StockChangeResult result;
  bool overtaken = false;
  const absl::Status made = parts_.changes.MakePart(
      {.request = message,
       .request_id = request_id_,
       .validate_only = validate_only_,
       .answer = answer,
       .apply = [&](Tx& tx, const std::optional<Changes::Progress>& before) -> absl::StatusOr<std::string> {
         overtaken = false;
         if (!validate_only_ && !request_id_.empty()) {
           QS_ASSIGN_OR_RETURN(const Stored now, Parsed(before));
           overtaken = now.answer.levels() != stored_.answer.levels() || now.digest != stored_.digest;
           if (overtaken) return absl::AbortedError("the import went on meanwhile");
         }
         QS_ASSIGN_OR_RETURN(result, SetStockLevels(tx, parts_.ids, parts_.clock.Now(), changes, create_items_,
                                                    static_cast<size_t>(position_)));
         answer = stored_.answer;
         answer.set_levels(answer.levels() + result.changed);
         answer.set_items_created(answer.items_created() + result.items_created);
         return absl::StrCat(create_items_ ? kCreating : kKnownOnly, digest);
       },
       .details = [&]() -> AuditDetails {
         return {{"begin", absl::StrCat(position_)}, {"levels", absl::StrCat(result.changed)}};
       }});
  if (overtaken) return false;
  QS_RETURN_IF_ERROR(made);
  stored_ = {answer, digest, create_items_};
  position_ = answer.levels();
  digest_ = std::move(digest);
  if (validate_only_) return true;
  durable_levels_ = position_;
  if (!result.accounts.empty()) parts_.engine.TargetsChanged(result.accounts);
  return true;
}

absl::StatusOr<api::ImportLevelsResponse> LevelImport::End() const {
  // What was not sent again may have been anything. Who sent nothing only asks.
  if (position_ > 0 && position_ < stored_.answer.levels()) return OtherImport();
  return stored_.answer;
}

}  // namespace quayside
