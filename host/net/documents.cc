#include "host/net/documents.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/net/begun_documents.h"
#include "host/net/document_names.h"
#include "host/net/document_transfer.h"
#include "host/net/presigned_rules.h"
#include "host/net/request_rules.h"
#include "host/net/spool.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

// Of a transfer whose step has no deadline.
constexpr DurationUs kLongestTransferUs = 10 * kMinuteUs;
constexpr int32_t kDefaultChunkBytes = 1 << 20;
constexpr int32_t kMostChunkBytes = 8 << 20;
constexpr size_t kMostUploadBytes = size_t{64} << 20;
constexpr size_t kAnswerBytesShown = 4 << 10;
constexpr int64_t kMostAnswerBytes = int64_t{1} << 20;
// Of the time a step has left: so much of it remains when a transfer is left for the next step, which is told in time.
constexpr int64_t kShareKeptBack = 10;
// A step that brought as much was no failure.
constexpr int64_t kWorthAStep = 64 << 10;
constexpr auto kTurnPoll = std::chrono::milliseconds(50);

void CheckDocumentName(std::string_view name, std::vector<FieldViolation>& violations) {
  if (!IsDocumentName(name)) violations.push_back({"name", std::string(kDocumentNameForm)});
}

absl::Status ToStatus(const std::vector<FieldViolation>& violations) {
  return violations.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidArgument, violations);
}

absl::Status CheckFetch(const pb::FetchDocument& request) {
  std::vector<FieldViolation> violations;
  CheckDocumentName(request.name(), violations);
  if (!request.default_charset().empty() && !FindCharset(request.default_charset()))
    violations.push_back({"default_charset", "is no charset that is known here"});
  if (request.max_bytes() < 0 || request.max_bytes() > kMostDocumentBytes)
    violations.push_back({"max_bytes", Concat("must be from 0 to ", kMostDocumentBytes)});
  return ToStatus(violations);
}

absl::Status CheckRead(const pb::ReadDocument& request) {
  std::vector<FieldViolation> violations;
  CheckDocumentName(request.name(), violations);
  if (request.offset() < 0) violations.push_back({"offset", "must not be negative"});
  if (request.max_bytes() < 0 || request.max_bytes() > kMostChunkBytes)
    violations.push_back({"max_bytes", Concat("must be from 0 to ", kMostChunkBytes)});
  return ToStatus(violations);
}

absl::Status CheckUpload(const pb::SendDocument& request) {
  std::vector<FieldViolation> violations;
  if (!IsHeaderValue(request.content_type())) violations.push_back({"content_type", "holds a control character"});
  if (request.body().size() > kMostUploadBytes)
    violations.push_back({"body", Concat("is larger than ", kMostUploadBytes, " bytes")});
  return ToStatus(violations);
}

// Documents that are being fetched: who wants the same one waits for it instead of fetching it twice. Thread-safe.
class FetchesUnderWay {
 public:
  // False once `give_up` says so; else the caller has `id` to itself until Leave().
  bool Enter(const std::string& id, const std::function<bool()>& give_up) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!ids_.insert(id).second) {
      if (give_up()) return false;
      left_.wait_for(lock, kTurnPoll);
    }
    return true;
  }
  void Leave(const std::string& id) {
    const std::lock_guard<std::mutex> guard(mutex_);
    ids_.erase(id);
    left_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  std::set<std::string> ids_;
};

pb::FetchedDocument ToReply(const DocumentFacts& facts) {
  pb::FetchedDocument reply;
  reply.set_http_status(200);
  reply.set_size(facts.size);
  reply.set_charset(facts.charset);
  reply.set_undecodable(facts.undecodable);
  return reply;
}

// What came is kept. With a time to go on at: it was the step that had no more time.
absl::Status IsArriving(int64_t arrived, std::string_view why, TimeUs go_on_us) {
  ErrorMetadata metadata;
  if (go_on_us > 0) metadata["retry_at_us"] = Concat(go_on_us);
  return MakeError(absl::StatusCode::kUnavailable, Reason::kDocumentArriving,
                   Concat(arrived, " bytes of the document are here, the next fetch goes on with them: ", why),
                   metadata);
}

// Asking for a document again changes nothing at the marketplace, so an answer that was lost is no unknown outcome.
absl::Status AsFailedDownload(const absl::Status& status, const pb::FetchDocument& request) {
  if (HasReason(status, Reason::kHttpOutcomeUnknown)) {
    return MakeError(
        absl::StatusCode::kUnavailable, Reason::kDocumentDamaged,
        Concat("the document did not arrive whole, nothing of it is kept: ", std::string(status.message())));
  }
  if (HasReason(status, Reason::kResponseTooLarge))
    return DocumentTooLarge(request.max_bytes() == 0 ? kDefaultDocumentBytes : request.max_bytes());
  return status;
}

class SpooledDocumentService final : public DocumentService {
 public:
  SpooledDocumentService(HttpClient& client, DocumentSpool& spool, const Clock& clock, DocumentServiceOptions options)
      : client_(client), spool_(spool), clock_(clock), options_(std::move(options)) {}

  absl::StatusOr<pb::DocumentReply> Handle(pb::DocumentRequest request, const CallContext& context) override;
  absl::Status ReleaseAccount(const std::string& account_id) override;

 private:
  absl::StatusOr<pb::FetchedDocument> Fetch(const pb::FetchDocument& request, const CallContext& context);
  absl::StatusOr<pb::FetchedDocument> Download(const pb::FetchDocument& request, const std::string& id,
                                               const CallContext& context);
  // After a transfer that did not end well; `sent` says why.
  absl::Status LeaveForLater(DocumentDownload& download, const absl::Status& sent, DurationUs kept_back_us,
                             const pb::FetchDocument& request, const std::string& id, const CallContext& context);
  absl::StatusOr<pb::DocumentChunk> Read(const pb::ReadDocument& request, const CallContext& context);
  absl::StatusOr<pb::SentDocument> Upload(pb::SendDocument& request, const CallContext& context);
  // What both directions have in common.
  absl::StatusOr<HttpExchange> MakeExchange(std::string_view method, const std::string& address,
                                            const CallContext& context) const;

  HttpClient& client_;
  DocumentSpool& spool_;
  const Clock& clock_;
  const DocumentServiceOptions options_;
  FetchesUnderWay under_way_;
  BegunDocuments begun_{clock_};
};

absl::StatusOr<HttpExchange> SpooledDocumentService::MakeExchange(std::string_view method, const std::string& address,
                                                                  const CallContext& context) const {
  QS_ASSIGN_OR_RETURN(PresignedTarget target, ResolvePresigned(*context.manifest, address, options_.origin_map));
  HttpExchange exchange;
  exchange.method = method;
  exchange.url = std::move(target.url);
  exchange.headers.emplace_back("user-agent", options_.user_agent);
  exchange.timeout_us = RealTimeLeft(context, clock_, kLongestTransferUs);
  exchange.stop = context.stop;
  exchange.public_addresses_only = !target.is_mapped;
  return exchange;
}

absl::StatusOr<pb::FetchedDocument> SpooledDocumentService::Download(const pb::FetchDocument& request,
                                                                     const std::string& id,
                                                                     const CallContext& context) {
  QS_ASSIGN_OR_RETURN(HttpExchange exchange, MakeExchange("GET", request.url(), context));
  const DurationUs kept_back_us = exchange.timeout_us / kShareKeptBack;
  exchange.timeout_us -= kept_back_us;
  // A gzip file gains nothing by being packed once more on its way.
  exchange.headers.emplace_back("accept-encoding", request.gzip() ? "identity" : "gzip");
  exchange.max_response_bytes = MostPackedBytes(request.max_bytes() == 0 ? kDefaultDocumentBytes : request.max_bytes());
  DocumentDownload download(request, context, clock_, spool_, begun_.Take(id, request));
  for (auto& header : download.RangeHeaders()) exchange.headers.push_back(std::move(header));
  exchange.sink = &download;
  const absl::Status sent = client_.Send(exchange).status();
  if (download.has_lost_its_place()) {
    return MakeError(absl::StatusCode::kUnavailable, Reason::kDocumentDamaged,
                     "the address has no rest of what had begun to arrive; nothing of it is kept");
  }
  if (download.http_status() != 0 && !download.is_document() && download.http_status() != 200) {
    // An address that has expired says nothing of the document.
    (void)begun_.Keep(id, download.TakeRest());
    pb::FetchedDocument reply;
    reply.set_http_status(download.http_status());
    return reply;
  }
  if (!sent.ok()) return LeaveForLater(download, sent, kept_back_us, request, id, context);
  QS_ASSIGN_OR_RETURN(const DocumentFacts facts, download.Commit());
  return ToReply(facts);
}

absl::Status SpooledDocumentService::LeaveForLater(DocumentDownload& download, const absl::Status& sent,
                                                   DurationUs kept_back_us, const pb::FetchDocument& request,
                                                   const std::string& id, const CallContext& context) {
  const int64_t came = download.came();
  std::unique_ptr<ArrivingDocument> rest = download.TakeRest();
  const int64_t arrived = rest == nullptr ? 0 : rest->arrived();
  // More came than the limit that was set: going on would begin a new count.
  const bool kept = !HasReason(sent, Reason::kResponseTooLarge) && begun_.Keep(id, std::move(rest));
  QS_RETURN_IF_ERROR(CheckStep(context, clock_));
  if (!kept) return AsFailedDownload(sent, request);
  const bool ran_out_of_time = RealTimeLeft(context, clock_, kLongestTransferUs) < 2 * kept_back_us;
  return IsArriving(arrived, std::string(sent.message()), ran_out_of_time && came >= kWorthAStep ? clock_.Now() : 0);
}

absl::StatusOr<pb::FetchedDocument> SpooledDocumentService::Fetch(const pb::FetchDocument& request,
                                                                  const CallContext& context) {
  QS_RETURN_IF_ERROR(CheckFetch(request));
  const std::string id = Concat(context.account_id, "/", request.name());
  if (!under_way_.Enter(id, [&] { return !CheckStep(context, clock_).ok(); })) return CheckStep(context, clock_);
  const absl::Cleanup leave = [&] { under_way_.Leave(id); };
  QS_ASSIGN_OR_RETURN(const std::optional<DocumentFacts> present, spool_.Find(context.account_id, request.name()));
  if (present) return ToReply(*present);
  return Download(request, id, context);
}

absl::StatusOr<pb::DocumentChunk> SpooledDocumentService::Read(const pb::ReadDocument& request,
                                                               const CallContext& context) {
  QS_RETURN_IF_ERROR(CheckRead(request));
  const int32_t count = request.max_bytes() == 0 ? kDefaultChunkBytes : request.max_bytes();
  QS_ASSIGN_OR_RETURN(DocumentPart part, spool_.Read(context.account_id, request.name(), request.offset(), count));
  int64_t next_offset = request.offset() + static_cast<int64_t>(part.bytes.size());
  if (request.whole_lines() && next_offset < part.document_size) {
    const size_t last_feed = part.bytes.rfind('\n');
    if (last_feed != std::string::npos) part.bytes.resize(last_feed + 1);
    next_offset = request.offset() + static_cast<int64_t>(part.bytes.size());
  }
  pb::DocumentChunk chunk;
  chunk.set_data(std::move(part.bytes));
  chunk.set_next_offset(next_offset);
  chunk.set_end(next_offset == part.document_size);
  return chunk;
}

absl::StatusOr<pb::SentDocument> SpooledDocumentService::Upload(pb::SendDocument& request, const CallContext& context) {
  QS_RETURN_IF_ERROR(CheckUpload(request));
  QS_ASSIGN_OR_RETURN(HttpExchange exchange, MakeExchange("PUT", request.url(), context));
  if (!request.content_type().empty()) exchange.headers.emplace_back("content-type", request.content_type());
  exchange.body = std::move(*request.mutable_body());
  exchange.max_response_bytes = kMostAnswerBytes;
  AnswerBeginning answer(kAnswerBytesShown);
  exchange.sink = &answer;
  const absl::Status sent = client_.Send(exchange).status();
  if (!sent.ok() && answer.http_status() == 0) return ExplainByStep(sent, context, clock_);
  pb::SentDocument reply;
  reply.set_http_status(answer.http_status());
  reply.set_body(answer.body());
  return reply;
}

absl::StatusOr<pb::DocumentReply> SpooledDocumentService::Handle(pb::DocumentRequest request,
                                                                 const CallContext& context) {
  // Both become parts of file names or of what is allowed.
  if (context.manifest == nullptr || !IsChosenId(context.account_id))
    return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "a call without a manifest or an account");
  QS_RETURN_IF_ERROR(CheckStep(context, clock_));
  pb::DocumentReply reply;
  switch (request.request_case()) {
    case pb::DocumentRequest::kFetch: {
      QS_ASSIGN_OR_RETURN(*reply.mutable_fetch(), Fetch(request.fetch(), context));
      return reply;
    }
    case pb::DocumentRequest::kRead: {
      QS_ASSIGN_OR_RETURN(*reply.mutable_read(), Read(request.read(), context));
      return reply;
    }
    case pb::DocumentRequest::kSend: {
      QS_ASSIGN_OR_RETURN(*reply.mutable_send(), Upload(*request.mutable_send(), context));
      return reply;
    }
    case pb::DocumentRequest::kRelease: {
      std::vector<FieldViolation> violations;
      CheckDocumentName(request.release().name(), violations);
      QS_RETURN_IF_ERROR(ToStatus(violations));
      begun_.Drop(Concat(context.account_id, "/", request.release().name()));
      QS_RETURN_IF_ERROR(spool_.Release(context.account_id, request.release().name()));
      reply.mutable_release();
      return reply;
    }
    case pb::DocumentRequest::REQUEST_NOT_SET:
      break;
  }
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kInvalidArgument,
                   "the request asks for nothing that is known here");
}

absl::Status SpooledDocumentService::ReleaseAccount(const std::string& account_id) {
  // In this order: what is kept as begun from now on is known to be released.
  const absl::Status released = spool_.ReleaseAccount(account_id);
  begun_.DropAccount(account_id);
  return released;
}

}  // namespace

std::unique_ptr<DocumentService> MakeDocumentService(HttpClient& client, DocumentSpool& spool, const Clock& clock,
                                                     DocumentServiceOptions options) {
  return std::make_unique<SpooledDocumentService>(client, spool, clock, std::move(options));
}

}  // namespace quayside
