#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/errors.h"
#include "host/store/audit_chain.h"
#include "quayside/v1/audit_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr int kMostInACall = 100'000;
constexpr int kMostInARead = 1000;

// Follows the chain record by record.
class ChainWalk {
 public:
  ChainWalk(const api::VerifyAuditRecordsRequest& request, const AuditExtent& extent,
            api::VerifyAuditRecordsResponse& response)
      : known_sequence_(request.known_sequence()),
        known_hash_(absl::HexStringToBytes(request.known_hash())),
        extent_(extent),
        response_(response),
        next_(request.after_sequence() + 1) {}

  // Where the walk begins in the middle: the hash that the first record builds on.
  void StartWith(const AuditRecord& before) { before_ = before.hash; }

  // False: the chain is broken here.
  [[nodiscard]] bool Take(const AuditRecord& record) {
    if (record.id != next_) return Broken(next_, "missing");
    if (record.id <= extent_.chained_after) {
      response_.set_unchained(response_.unchained() + 1);
    } else {
      if (record.hash != AuditHash(before_, record)) return Broken(record.id, "changed");
      response_.set_checked(response_.checked() + 1);
    }
    if (record.id == known_sequence_ && record.hash != known_hash_) return Broken(record.id, "known_hash");
    before_ = record.hash;
    ++next_;
    response_.set_last_sequence(record.id);
    response_.set_last_hash(absl::BytesToHexString(record.hash));
    return true;
  }

  // After the last record there is.
  void End() {
    if (next_ <= extent_.last_id) static_cast<void>(Broken(next_, "missing"));
    if (response_.broken_sequence() == 0 && known_sequence_ >= next_) {
      static_cast<void>(Broken(known_sequence_, "missing"));
    }
  }

 private:
  bool Broken(int64_t sequence, const char* how) {
    response_.set_broken_sequence(sequence);
    response_.set_broken_how(how);
    return false;
  }

  const int64_t known_sequence_;
  const std::string known_hash_;
  const AuditExtent extent_;
  api::VerifyAuditRecordsResponse& response_;
  int64_t next_;
  std::string before_;
};

absl::Status CheckRequest(const api::VerifyAuditRecordsRequest& request) {
  std::vector<FieldViolation> found;
  if (request.after_sequence() < 0) found.push_back({"after_sequence", "must not be negative"});
  if (request.known_sequence() < 0) found.push_back({"known_sequence", "must not be negative"});
  if ((request.known_sequence() == 0) != request.known_hash().empty()) {
    found.push_back({"known_hash", "belongs to known_sequence; give both or none"});
  } else if (!request.known_hash().empty() &&
             (request.known_hash().size() != 64 ||
              request.known_hash().find_first_not_of("0123456789abcdef") != std::string::npos)) {
    found.push_back({"known_hash", "must be 64 hexadecimal digits in lower case"});
  }
  return found.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidArgument, found);
}

class AuditService final : public api::AuditService::CallbackService {
 public:
  explicit AuditService(const ApiContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* ListAuditRecords(grpc::CallbackServerContext* context,
                                             const api::ListAuditRecordsRequest* request,
                                             api::ListAuditRecordsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &AuditService::List);
  }
  grpc::ServerUnaryReactor* VerifyAuditRecords(grpc::CallbackServerContext* context,
                                               const api::VerifyAuditRecordsRequest* request,
                                               api::VerifyAuditRecordsResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &AuditService::Verify);
  }

 private:
  absl::Status List(const api::ListAuditRecordsRequest& request, api::ListAuditRecordsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(AuditQuery query, ParseAuditFilter(request.filter()));
    QS_ASSIGN_OR_RETURN(query.before_id, NumberCursor(page));
    query.resource = request.resource();
    query.actor = request.actor();
    query.order = SortOrderOf(request.order_by(), SortOrder::kDescending);
    query.limit = page.size + 1;
    return context_.parts.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<AuditRecord> records, tx.ListAudit(query));
      for (const AuditRecord& record : records) {
        if (response.records_size() == page.size) {
          response.set_next_page_token(
              MakePageToken(request, absl::StrCat(response.records(page.size - 1).sequence())));
          break;
        }
        auto* added = response.add_records();
        added->set_sequence(record.id);
        SetTime(*added, &api::AuditRecord::mutable_time, record.time_us);
        added->set_actor(record.actor);
        added->set_action(record.action);
        added->set_resource(record.resource);
        added->set_outcome(record.outcome);
        added->mutable_details()->insert(record.details.begin(), record.details.end());
        added->set_hash(absl::BytesToHexString(record.hash));
      }
      return absl::OkStatus();
    });
  }

  // In one snapshot: records that come meanwhile belong to the next call.
  absl::Status Verify(CallTime deadline, const api::VerifyAuditRecordsRequest& request,
                      api::VerifyAuditRecordsResponse& response) {
    const CallLimit limit(deadline);
    const CallLimitScope limited(limit);
    QS_RETURN_IF_ERROR(CheckRequest(request));
    return context_.parts.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const AuditExtent extent, tx.GetAuditExtent());
      ChainWalk walk(request, extent, response);
      int64_t after = request.after_sequence();
      if (after > 0) {
        QS_ASSIGN_OR_RETURN(const std::vector<AuditRecord> before, tx.WalkAudit(after - 1, 1));
        if (!before.empty()) walk.StartWith(before.front());
      }
      for (int walked = 0; walked < kMostInACall;) {
        QS_ASSIGN_OR_RETURN(const std::vector<AuditRecord> records, tx.WalkAudit(after, kMostInARead));
        for (const AuditRecord& record : records) {
          if (!walk.Take(record)) return absl::OkStatus();
          after = record.id;
        }
        walked += static_cast<int>(records.size());
        if (static_cast<int>(records.size()) < kMostInARead) {
          walk.End();
          return absl::OkStatus();
        }
      }
      response.set_next_after_sequence(after);
      return absl::OkStatus();
    });
  }

  const ApiContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAuditService(const ApiContext& context) {
  return std::make_unique<AuditService>(context);
}

}  // namespace quayside
