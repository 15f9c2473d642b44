#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "host/api/convert.h"
#include "host/api/digest.h"
#include "host/api/list_filters.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/listings/rule_import.h"
#include "quayside/v1/rule_import_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr int kRowsPerCall = 2000;
constexpr int64_t kMaxRuleRows = 5'000'000;
constexpr int kRulesAppliedAtOnce = 500;
constexpr int kRulesAppliedPerCall = 5000;
constexpr int kRulesDiscardedAtOnce = 5000;

static_assert(static_cast<int>(RuleImportState::kStaging) == api::RULE_IMPORT_STATE_STAGING &&
                  static_cast<int>(RuleImportState::kReady) == api::RULE_IMPORT_STATE_READY &&
                  static_cast<int>(RuleImportState::kApplying) == api::RULE_IMPORT_STATE_APPLYING &&
                  static_cast<int>(RuleImportState::kApplied) == api::RULE_IMPORT_STATE_APPLIED,
              "the two enums number their values alike");

RuleColumn FromProto(bool present, const api::RuleColumn& column) {
  RuleColumn out{.present = present};
  if (column.has_when_empty()) out.when_empty = column.when_empty();
  return out;
}

RuleColumns FromProto(const api::RuleColumns& columns) {
  return {.max_listed_quantity = FromProto(columns.has_max_listed_quantity(), columns.max_listed_quantity()),
          .end_when_quantity = FromProto(columns.has_end_when_quantity(), columns.end_when_quantity()),
          .listed_percentage = FromProto(columns.has_listed_percentage(), columns.listed_percentage())};
}

std::vector<RuleCells> CellsOf(const api::StageRulesRequest& request) {
  std::vector<RuleCells> rows;
  rows.reserve(static_cast<size_t>(request.rows_size()));
  for (const api::RuleRow& row : request.rows()) {
    rows.push_back({.line = row.line(),
                    .sku = row.sku(),
                    .max_listed_quantity = row.max_listed_quantity(),
                    .end_when_quantity = row.end_when_quantity(),
                    .listed_percentage = row.listed_percentage(),
                    .unreadable = row.unreadable()});
  }
  return rows;
}

// Not before all rows are here: until then it stands for a part of them.
bool IsComplete(const RuleImportRecord& import) { return import.state != RuleImportState::kStaging; }

api::RuleImport ToProto(const RuleImportRecord& import) {
  api::RuleImport out;
  out.set_channel(ChannelName(import.channel_id));
  out.set_id(import.id);
  out.set_state(static_cast<api::RuleImportState>(import.state));
  out.set_rows(import.rows);
  out.set_changes(import.changes);
  out.set_problems(import.problems);
  out.set_applied(import.applied);
  out.set_skipped(import.skipped);
  if (IsComplete(import)) out.set_hash(import.hash);
  out.set_created_by(import.created_by);
  SetTime(out, &api::RuleImport::mutable_create_time, import.created_us);
  SetTime(out, &api::RuleImport::mutable_update_time, import.updated_us);
  return out;
}

api::ListingRules ToProto(const ListingRules& rules) {
  api::ListingRules out;
  if (rules.max_listed_quantity.has_value()) out.set_max_listed_quantity(*rules.max_listed_quantity);
  if (rules.listed_percentage_e4.has_value()) out.set_listed_percentage_e4(*rules.listed_percentage_e4);
  if (rules.end_when_quantity.has_value()) out.set_end_when_quantity(*rules.end_when_quantity);
  return out;
}

// One more change behind those that `before` stands for.
std::string NextHash(const std::string& before, const std::string& change) {
  return absl::BytesToHexString(Sha256(absl::StrCat(before, "\n", change)));
}

absl::Status NoImport(const std::string& channel_id, const std::string& what) {
  return MakeError(absl::StatusCode::kNotFound, Reason::kRuleImportNotFound,
                   absl::StrCat("'", ChannelName(channel_id), "' has no import of rules", what),
                   {{"resource", ChannelName(channel_id)}});
}

absl::StatusOr<RuleImportRecord> ImportOf(ReadTx& tx, const std::string& channel_id) {
  QS_RETURN_IF_ERROR(tx.GetChannel(channel_id).status());
  QS_ASSIGN_OR_RETURN(const std::optional<RuleImportRecord> import, tx.FindRuleImport(channel_id));
  if (!import.has_value() || import->state == RuleImportState::kDiscarded) return NoImport(channel_id, "");
  return *import;
}

class RuleImportService final : public api::RuleImportService::CallbackService {
 public:
  explicit RuleImportService(const ApiContext& context) : context_(context), parts_(context.parts) {}

  grpc::ServerUnaryReactor* StageRules(grpc::CallbackServerContext* context, const api::StageRulesRequest* request,
                                       api::StageRulesResponse* response) override {
    return context_.calls.Write(context, request, response, this, &RuleImportService::Stage);
  }
  grpc::ServerUnaryReactor* GetRuleImport(grpc::CallbackServerContext* context,
                                          const api::GetRuleImportRequest* request,
                                          api::GetRuleImportResponse* response) override {
    return context_.calls.Read(context, request, response, this, &RuleImportService::Get);
  }
  grpc::ServerUnaryReactor* ListRuleChanges(grpc::CallbackServerContext* context,
                                            const api::ListRuleChangesRequest* request,
                                            api::ListRuleChangesResponse* response) override {
    return context_.calls.Read(context, request, response, this, &RuleImportService::ListChanges);
  }
  grpc::ServerUnaryReactor* ListRuleProblems(grpc::CallbackServerContext* context,
                                             const api::ListRuleProblemsRequest* request,
                                             api::ListRuleProblemsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &RuleImportService::ListProblems);
  }
  grpc::ServerUnaryReactor* ApplyRuleImport(grpc::CallbackServerContext* context,
                                            const api::ApplyRuleImportRequest* request,
                                            api::ApplyRuleImportResponse* response) override {
    return context_.calls.Write(context, request, response, this, &RuleImportService::Apply);
  }

 private:
  static absl::Status CheckStage(const api::StageRulesRequest& request) {
    std::vector<FieldViolation> violations;
    if (request.rows_size() > kRowsPerCall)
      violations.push_back({"rows", absl::StrCat("more than ", kRowsPerCall, "; split the call")});
    if (request.rows_before() < 0 || request.rows_before() + request.rows_size() > kMaxRuleRows)
      violations.push_back({"rows_before", absl::StrCat("an import has at most ", kMaxRuleRows, " rows")});
    if (request.import_id() == 0) {
      if (request.rows_before() != 0) violations.push_back({"rows_before", "must be 0 at the beginning"});
      const api::RuleColumns& columns = request.columns();
      if (!columns.has_max_listed_quantity() && !columns.has_end_when_quantity() && !columns.has_listed_percentage())
        violations.push_back({"columns", "name at least one rule"});
      for (const CellProblem& problem : CheckColumns(FromProto(columns)))
        violations.push_back({"columns", absl::StrCat(problem.column, ": ", problem.problem)});
    } else if (request.has_columns()) {
      violations.push_back({"columns", "are given at the beginning only"});
    }
    return violations.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidArgument, violations);
  }

  absl::Status Stage(const api::StageRulesRequest& request, api::StageRulesResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
    QS_RETURN_IF_ERROR(CheckStage(request));
    QS_ASSIGN_OR_RETURN(const std::string actor, context_.callers.ActorOf(request));
    const bool begins = request.import_id() == 0;
    AuditDetails details;
    return context_.changes.Make(
        request, response,
        {.prepare = [&]() -> absl::Status {
           return begins && !request.validate_only() ? DiscardFormer(channel_id) : absl::OkStatus();
         },
         .apply = [&](Tx& tx) -> absl::Status {
           QS_ASSIGN_OR_RETURN(RuleImportRecord import,
                               begins ? NewImport(tx, channel_id, request, actor) : ImportOf(tx, channel_id));
           if (!begins && import.id != request.import_id()) return NoImport(channel_id, " of this id");
           details = {{"import", absl::StrCat(import.id)}, {"rows", absl::StrCat(request.rows_size())}};
           const int64_t rows_after = request.rows_before() + request.rows_size();
           const bool is_here = !begins && rows_after <= import.rows && (!request.last() || IsComplete(import));
           if (!is_here) QS_RETURN_IF_ERROR(TakeRows(tx, request, import));
           *response.mutable_rule_import() = ToProto(import);
           return absl::OkStatus();
         },
         .details = [&] { return details; }});
  }

  absl::StatusOr<RuleImportRecord> NewImport(Tx& tx, const std::string& channel_id,
                                             const api::StageRulesRequest& request, const std::string& actor) {
    QS_RETURN_IF_ERROR(tx.GetChannel(channel_id).status());
    RuleImportRecord import{.channel_id = channel_id,
                            .id = parts_.ids.Next(),
                            .columns = request.columns().SerializeAsString(),
                            .created_by = actor};
    import.hash = NextHash(ChannelName(channel_id), "");
    import.created_us = parts_.clock.Now();
    return import;
  }

  absl::Status TakeRows(Tx& tx, const api::StageRulesRequest& request, RuleImportRecord& import) {
    if (IsComplete(import) || request.rows_before() != import.rows) {
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kRuleImportOutOfStep,
                       IsComplete(import)
                           ? std::string("all rows of the import are here already")
                           : absl::StrCat("the import has ", import.rows, " rows, not ", request.rows_before()));
    }
    api::RuleColumns columns;
    if (!columns.ParseFromString(import.columns)) return absl::InternalError("stored columns cannot be read");
    QS_ASSIGN_OR_RETURN(const std::vector<std::string> changes,
                        StageRuleRows(tx, import, FromProto(columns), CellsOf(request)));
    // Row by row, so that the hash is the same however the file is cut into calls.
    for (const std::string& change : changes) import.hash = NextHash(import.hash, change);
    if (request.last()) import.state = RuleImportState::kReady;
    import.updated_us = parts_.clock.Now();
    return tx.PutRuleImport(import);
  }

  // In pieces of a commit each: a million rows would hold the writer for seconds.
  absl::Status DiscardFormer(const std::string& channel_id) {
    std::optional<RuleImportRecord> former;
    QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(former, tx.FindRuleImport(channel_id));
      if (!former.has_value()) return absl::OkStatus();
      former->state = RuleImportState::kDiscarded;
      return tx.PutRuleImport(*former);
    }));
    for (int64_t deleted = former.has_value() ? 1 : 0; deleted > 0;) {
      QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
        QS_ASSIGN_OR_RETURN(deleted, tx.DeleteRuleRows(former->id, kRulesDiscardedAtOnce));
        return absl::OkStatus();
      }));
    }
    return absl::OkStatus();
  }

  absl::Status Get(const api::GetRuleImportRequest& request, api::GetRuleImportResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const RuleImportRecord import, ImportOf(tx, channel_id));
      *response.mutable_rule_import() = ToProto(import);
      return absl::OkStatus();
    });
  }

  absl::Status ListChanges(const api::ListRuleChangesRequest& request, api::ListRuleChangesResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const RuleImportRecord import, ImportOf(tx, channel_id));
      QS_ASSIGN_OR_RETURN(const std::vector<RuleRowRecord> rows,
                          tx.ListRuleChanges({.import_id = import.id,
                                              .sku_prefix = request.filter().sku_prefix(),
                                              .after_sku = page.cursor,
                                              .limit = page.size + 1}));
      for (const RuleRowRecord& row : rows) {
        if (response.changes_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, response.changes(page.size - 1).sku()));
          break;
        }
        api::RuleChange* change = response.add_changes();
        change->set_sku(row.sku);
        change->set_line(row.line);
        *change->mutable_before() = ToProto(row.before);
        *change->mutable_after() = ToProto(row.after);
      }
      return absl::OkStatus();
    });
  }

  absl::Status ListProblems(const api::ListRuleProblemsRequest& request, api::ListRuleProblemsResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    // "{line} {column}", where a page ended.
    const std::pair<std::string, std::string> after = absl::StrSplit(page.cursor, absl::MaxSplits(' ', 1));
    int64_t after_line = 0;
    if (!page.cursor.empty() && !absl::SimpleAtoi(after.first, &after_line))
      return MakeFieldError(Reason::kInvalidPageToken, {{"page_token", "is not from this list"}});
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const RuleImportRecord import, ImportOf(tx, channel_id));
      QS_ASSIGN_OR_RETURN(const std::vector<RuleProblemRecord> rows,
                          tx.ListRuleProblems(import.id, after_line, after.second, RowsToRead(page, request.filter())));
      const auto add = [&](size_t i) {
        api::RuleProblem* problem = response.add_problems();
        problem->set_line(rows[i].line);
        problem->set_column(rows[i].column);
        problem->set_problem(rows[i].problem);
        return absl::OkStatus();
      };
      const auto cursor_of = [](const RuleProblemRecord& row) { return absl::StrCat(row.line, " ", row.column); };
      QS_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          FillPage(request, page, rows, ParseProblemFilter(request.filter()), add, cursor_of));
      return absl::OkStatus();
    });
  }

  static absl::StatusOr<RuleImportRecord> ImportOfHash(ReadTx& tx, const std::string& channel_id,
                                                       const std::string& hash) {
    QS_ASSIGN_OR_RETURN(RuleImportRecord import, ImportOf(tx, channel_id));
    if (!IsComplete(import)) {
      return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kRuleImportIncomplete,
                       absl::StrCat("the import has ", import.rows, " rows so far, and its last ones are missing"));
    }
    if (import.hash != hash) return NoImport(channel_id, " of this hash");
    return import;
  }

  absl::Status Apply(const api::ApplyRuleImportRequest& request, api::ApplyRuleImportResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string channel_id, ParseChannelName(request.parent(), "parent"));
    AuditDetails details;
    const auto apply = [&](const Changes::Remember& remember) -> absl::Status {
      if (request.validate_only()) return TryApply(channel_id, request.hash(), response);
      for (int pieces = kRulesAppliedPerCall / kRulesAppliedAtOnce; pieces > 0; --pieces) {
        std::string account_id;
        bool over = false;
        QS_RETURN_IF_ERROR(parts_.store.Write([&](Tx& tx) -> absl::Status {
          QS_ASSIGN_OR_RETURN(RuleImportRecord import, ImportOfHash(tx, channel_id, request.hash()));
          QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(channel_id));
          account_id = channel.account_id;
          if (import.state != RuleImportState::kApplied) QS_RETURN_IF_ERROR(ApplyPiece(tx, import));
          over = import.state == RuleImportState::kApplied || pieces == 1;
          if (!over) return absl::OkStatus();
          response.Clear();
          Answer(import, response);
          details = {{"hash", import.hash},
                     {"applied", absl::StrCat(import.applied)},
                     {"skipped", absl::StrCat(import.skipped)}};
          return remember(tx);
        }));
        parts_.engine.TargetsChanged({account_id});
        if (over) return absl::OkStatus();
      }
      return absl::OkStatus();
    };
    return context_.changes.MakeElsewhere(request, response, apply, [&] { return details; });
  }

  absl::Status TryApply(const std::string& channel_id, const std::string& hash,
                        api::ApplyRuleImportResponse& response) {
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const RuleImportRecord import, ImportOfHash(tx, channel_id, hash));
      Answer(import, response);
      return absl::OkStatus();
    });
  }

  absl::Status ApplyPiece(Tx& tx, RuleImportRecord& import) {
    const TimeUs now = parts_.clock.Now();
    QS_RETURN_IF_ERROR(ApplyRuleRows(tx, now, import, kRulesAppliedAtOnce));
    if (import.state != RuleImportState::kApplied) return absl::OkStatus();
    return AddEvent(
        tx, now, "channel.rules_imported", ChannelName(import.channel_id),
        {{"hash", import.hash}, {"applied", absl::StrCat(import.applied)}, {"skipped", absl::StrCat(import.skipped)}});
  }

  static void Answer(const RuleImportRecord& import, api::ApplyRuleImportResponse& response) {
    *response.mutable_rule_import() = ToProto(import);
    response.set_more(import.state != RuleImportState::kApplied);
  }

  const ApiContext& context_;
  const ApiParts& parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeRuleImportService(const ApiContext& context) {
  return std::make_unique<RuleImportService>(context);
}

}  // namespace quayside
