#include <algorithm>
#include <functional>
#include <optional>

#include "absl/strings/str_cat.h"
#include "host/access/roles.h"
#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/manifests.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/sync/dead_letter_control.h"
#include "host/sync/lane_id.h"
#include "host/sync/letter_record.h"
#include "quayside/v1/dead_letter_service.grpc.pb.h"

namespace quayside {
namespace {

// In one call.
constexpr int kLettersRetried = 500;
constexpr size_t kMaxLetterNoteBytes = 1000;
constexpr size_t kMaxRecordBytes = 256 * 1024;  // JSON is longer than what it says

// The two enums number their values alike.
static_assert(static_cast<int>(DeadLetterState::kOpen) == api::DEAD_LETTER_STATE_OPEN &&
              static_cast<int>(DeadLetterState::kRetried) == api::DEAD_LETTER_STATE_RETRIED &&
              static_cast<int>(DeadLetterState::kDiscarded) == api::DEAD_LETTER_STATE_DISCARDED &&
              static_cast<int>(DeadLetterState::kRetrying) == api::DEAD_LETTER_STATE_RETRYING);

api::DeadLetterForm ToProto(DeadLetterForm form) {
  switch (form) {
    case DeadLetterForm::kRaw:
      return api::DEAD_LETTER_FORM_RAW;
    case DeadLetterForm::kOrder:
      return api::DEAD_LETTER_FORM_ORDER;
    case DeadLetterForm::kListing:
      return api::DEAD_LETTER_FORM_LISTING;
    case DeadLetterForm::kDespatch:
      return api::DEAD_LETTER_FORM_DESPATCH;
    case DeadLetterForm::kPostSale:
      return api::DEAD_LETTER_FORM_POST_SALE;
  }
  return api::DEAD_LETTER_FORM_UNSPECIFIED;
}

api::DeadLetter ToProto(const DeadLetterRecord& letter) {
  api::DeadLetter out;
  out.set_name(DeadLetterName(letter.id));
  out.set_lane(LaneName(letter.lane_id));
  out.set_key(letter.key);
  out.set_reason(letter.reason);
  out.set_state(static_cast<api::DeadLetterState>(letter.state));
  SetTime(out, &api::DeadLetter::mutable_create_time, letter.created_us);
  SetTime(out, &api::DeadLetter::mutable_last_seen_time, letter.last_seen_us);
  out.set_times_seen(letter.times_seen);
  out.set_form(ToProto(letter.form));
  out.set_edited(letter.edited);
  out.set_note(letter.note);
  return out;
}

struct FoundLetters {
  std::vector<DeadLetterRecord> letters;
  int64_t through_id = 0;  // where the next page begins
  bool last = false;
};

// Up to `size` letters beyond `seen_id` (0 = from the first of the query's order).
absl::StatusOr<FoundLetters> FindLetters(ReadTx& tx, DeadLetterQuery query, int64_t seen_id, int size) {
  query.before_id = seen_id;
  query.limit = size + 1;
  FoundLetters found;
  QS_ASSIGN_OR_RETURN(found.letters, tx.ListDeadLetters(query));
  found.last = static_cast<int>(found.letters.size()) <= size;
  if (!found.last) found.letters.pop_back();
  if (!found.letters.empty()) found.through_id = found.letters.back().id;
  return found;
}

class DeadLetterService final : public api::DeadLetterService::CallbackService {
 public:
  explicit DeadLetterService(const ApiContext& context) : context_(context), parts_(context.parts) {}

  grpc::ServerUnaryReactor* ListDeadLetters(grpc::CallbackServerContext* context,
                                            const api::ListDeadLettersRequest* request,
                                            api::ListDeadLettersResponse* response) override {
    return context_.calls.Read(context, request, response, this, &DeadLetterService::List);
  }
  grpc::ServerUnaryReactor* GetDeadLetter(grpc::CallbackServerContext* context,
                                          const api::GetDeadLetterRequest* request,
                                          api::GetDeadLetterResponse* response) override {
    return context_.calls.Read(context, request, response, this, &DeadLetterService::Get);
  }
  grpc::ServerUnaryReactor* EditDeadLetter(grpc::CallbackServerContext* context,
                                           const api::EditDeadLetterRequest* request,
                                           api::EditDeadLetterResponse* response) override {
    return context_.calls.Write(context, request, response, this, &DeadLetterService::Edit);
  }
  grpc::ServerUnaryReactor* RetryDeadLetter(grpc::CallbackServerContext* context,
                                            const api::RetryDeadLetterRequest* request,
                                            api::RetryDeadLetterResponse* response) override {
    return context_.calls.Write(context, request, response, this, &DeadLetterService::Retry);
  }
  grpc::ServerUnaryReactor* RetryDeadLetters(grpc::CallbackServerContext* context,
                                             const api::RetryDeadLettersRequest* request,
                                             api::RetryDeadLettersResponse* response) override {
    return context_.calls.Write(context, request, response, this, &DeadLetterService::RetryAll);
  }
  grpc::ServerUnaryReactor* DiscardDeadLetter(grpc::CallbackServerContext* context,
                                              const api::DiscardDeadLetterRequest* request,
                                              api::DiscardDeadLetterResponse* response) override {
    return context_.calls.Write(context, request, response, this, &DeadLetterService::Discard);
  }

 private:
  absl::Status List(const api::ListDeadLettersRequest& request, api::ListDeadLettersResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const int64_t before_id, NumberCursor(page));
    QS_ASSIGN_OR_RETURN(DeadLetterQuery query, ParseLetterFilter(request.filter()));
    query.order = SortOrderOf(request.order_by(), SortOrder::kDescending);
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const FoundLetters found, FindLetters(tx, query, before_id, page.size));
      for (const DeadLetterRecord& letter : found.letters) *response.add_dead_letters() = ToProto(letter);
      if (!found.last) response.set_next_page_token(MakePageToken(request, absl::StrCat(found.through_id)));
      return absl::OkStatus();
    });
  }

  absl::Status Get(const api::GetDeadLetterRequest& request, api::GetDeadLetterResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseDeadLetterName(request.name()));
    DeadLetterRecord letter;
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(letter, tx.GetDeadLetter(id));
      return absl::OkStatus();
    }));
    *response.mutable_dead_letter() = ToProto(letter);
    if (letter.raw.empty()) return absl::OkStatus();
    QS_ASSIGN_OR_RETURN(const std::string record, OpenLetterRecord(parts_.cipher, letter));
    response.mutable_dead_letter()->set_record(LetterText(letter.form, record));
    return absl::OkStatus();
  }

  LetterInputs InputsFor(Tx& tx, const Manifests& manifests) {
    return {.tx = tx,
            .ids = parts_.ids,
            .cipher = parts_.cipher,
            .now = parts_.clock.Now(),
            .manifest_of = [&manifests](const std::string& plugin_id) { return manifests.Find(plugin_id); }};
  }

  absl::Status Edit(const api::EditDeadLetterRequest& request, api::EditDeadLetterResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseDeadLetterName(request.name()));
    if (request.record().size() > kMaxRecordBytes)
      return MakeFieldError(Reason::kInvalidArgument, {{"record", "is longer than 256 KiB"}});
    const Manifests manifests(parts_.catalog);
    DeadLetterRecord letter;
    return context_.changes.Make(
        request, response,
        {.apply = [&](Tx& tx) -> absl::Status {
           QS_ASSIGN_OR_RETURN(letter, quayside::EditDeadLetter(InputsFor(tx, manifests), id, request.record()));
           *response.mutable_dead_letter() = ToProto(letter);
           return absl::OkStatus();
         },
         .details = [&] { return DetailsOf(letter); }});
  }

  static AuditDetails DetailsOf(const DeadLetterRecord& letter) {
    AuditDetails details = {{"lane", LaneName(letter.lane_id)}, {"key", letter.key}};
    if (!letter.note.empty()) details["note"] = letter.note;
    return details;
  }

  void Tell(const RetriedLetter& retried) {
    if (!retried.changed_lane.empty()) parts_.engine.LaneChanged(retried.changed_lane);
    if (!retried.account_with_despatches.empty()) parts_.engine.DespatchesChanged(retried.account_with_despatches);
    if (!retried.account_with_post_sales.empty()) parts_.engine.PostSalesChanged(retried.account_with_post_sales);
    if (!retried.accounts_with_new_targets.empty()) parts_.engine.TargetsChanged(retried.accounts_with_new_targets);
  }

  absl::Status Retry(const api::RetryDeadLetterRequest& request, api::RetryDeadLetterResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseDeadLetterName(request.name()));
    const Manifests manifests(parts_.catalog);
    RetriedLetter retried;
    return context_.changes.Make(request, response,
                                 {.apply = [&](Tx& tx) -> absl::Status {
                                    QS_ASSIGN_OR_RETURN(retried,
                                                        quayside::RetryDeadLetter(InputsFor(tx, manifests), id));
                                    *response.mutable_dead_letter() = ToProto(retried.letter);
                                    return absl::OkStatus();
                                  },
                                  .after = [&] { Tell(retried); },
                                  .details = [&] { return DetailsOf(retried.letter); }});
  }

  // Each in a commit of its own, with its own audit record: one that is refused half-way takes nobody else with it. The
  // answer is stored at the end, with the call's audit record; a call that is cut off counts, when it is repeated, what
  // was left.
  absl::Status RetryAll(const api::RetryDeadLettersRequest& request, api::RetryDeadLettersResponse& response) {
    QS_ASSIGN_OR_RETURN(DeadLetterQuery query, ParseLetterFilter(request.filter()));
    if (query.state.value_or(DeadLetterState::kOpen) != DeadLetterState::kOpen)
      return MakeFieldError(Reason::kInvalidFilter, {{"filter.state", "only open ones are retried"}});
    query.state = DeadLetterState::kOpen;
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request, 0, request.page_token()));
    QS_ASSIGN_OR_RETURN(const int64_t before_id, NumberCursor(page));
    QS_ASSIGN_OR_RETURN(const std::string actor, context_.callers.ActorOf(request));
    const AuditRecord audit{.actor = actor, .action = ActionOf(*request.GetDescriptor()), .outcome = "ok"};
    const Manifests manifests(parts_.catalog);
    const auto retry_found = [&](const Changes::Remember& remember) -> absl::Status {
      FoundLetters found;
      QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
        QS_ASSIGN_OR_RETURN(found, FindLetters(tx, query, before_id, kLettersRetried));
        return absl::OkStatus();
      }));
      int32_t retried = 0;
      int32_t refused = 0;
      for (const DeadLetterRecord& letter : found.letters) {
        QS_ASSIGN_OR_RETURN(const bool done, RetryAlone(manifests, letter.id, audit, request.validate_only()));
        ++(done ? retried : refused);
      }
      response.set_retried(retried);
      response.set_not_retryable(refused);
      if (!found.last) response.set_next_page_token(MakePageToken(request, absl::StrCat(found.through_id)));
      return request.validate_only() ? absl::OkStatus() : parts_.store.Write(remember);
    };
    return context_.changes.MakeElsewhere(request, response, retry_found, [&]() -> AuditDetails {
      return {{"retried", absl::StrCat(response.retried())}, {"not_retryable", absl::StrCat(response.not_retryable())}};
    });
  }

  // False: it is not to be had, or was settled meanwhile.
  absl::StatusOr<bool> RetryAlone(const Manifests& manifests, int64_t id, AuditRecord audit, bool validate_only) {
    RetriedLetter retried;
    bool rolled_back = false;
    const absl::Status written = parts_.store.Write([&](Tx& tx) -> absl::Status {
      rolled_back = false;
      QS_ASSIGN_OR_RETURN(retried, quayside::RetryDeadLetter(InputsFor(tx, manifests), id));
      rolled_back = validate_only;
      if (rolled_back) return absl::CancelledError("validate_only");
      audit.time_us = parts_.clock.Now();
      audit.resource = DeadLetterName(id);
      audit.details = DetailsOf(retried.letter);
      return tx.AppendAudit(audit).status();
    });
    if (rolled_back) return true;
    if (absl::IsFailedPrecondition(written) || absl::IsNotFound(written) || absl::IsInvalidArgument(written))
      return false;
    QS_RETURN_IF_ERROR(written);
    Tell(retried);
    return true;
  }

  absl::Status Discard(const api::DiscardDeadLetterRequest& request, api::DiscardDeadLetterResponse& response) {
    QS_ASSIGN_OR_RETURN(const int64_t id, ParseDeadLetterName(request.name()));
    if (request.note().empty() || request.note().size() > kMaxLetterNoteBytes) {
      return MakeFieldError(Reason::kInvalidArgument,
                            {{"note", absl::StrCat("must say why, in 1..", kMaxLetterNoteBytes, " bytes")}});
    }
    const Manifests manifests(parts_.catalog);
    DeadLetterRecord letter;
    return context_.changes.Make(
        request, response,
        {.apply = [&](Tx& tx) -> absl::Status {
           QS_ASSIGN_OR_RETURN(letter, quayside::DiscardDeadLetter(InputsFor(tx, manifests), id, request.note()));
           *response.mutable_dead_letter() = ToProto(letter);
           return absl::OkStatus();
         },
         .details = [&] { return DetailsOf(letter); }});
  }

  const ApiContext& context_;
  const ApiParts& parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeDeadLetterService(const ApiContext& context) {
  return std::make_unique<DeadLetterService>(context);
}

}  // namespace quayside
