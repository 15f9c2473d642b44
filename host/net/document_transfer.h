// What takes the answer of a presigned address while it arrives. Not thread-safe: one per transfer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/net/arriving_document.h"
#include "host/net/call_context.h"
#include "host/net/http_client.h"
#include "host/net/spool.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {

// The first bytes of an answer; the rest is of no interest, and a long rest ends the transfer.
class AnswerBeginning final : public BodySink {
 public:
  explicit AnswerBeginning(size_t bytes_kept) : bytes_kept_(bytes_kept) {}

  absl::Status Begin(const HttpAnswer& head) override;
  absl::Status Add(std::string_view bytes) override;

  // 0 until the answer began. After that whatever Send says no more changes what the server answered.
  [[nodiscard]] int http_status() const { return http_status_; }
  [[nodiscard]] const std::string& body() const { return body_; }

 private:
  const size_t bytes_kept_;
  int http_status_ = 0;
  size_t bytes_dropped_ = 0;
  std::string body_;
};

// One transfer of a document on its way from the network into the spool: from its beginning, or of the rest of one that
// a transfer before had to leave. Nothing is visible unless Commit() succeeds. All arguments must outlive it.
class DocumentDownload final : public BodySink {
 public:
  DocumentDownload(const quayside::plugin::v1::FetchDocument& request, const CallContext& context, const Clock& clock,
                   DocumentSpool& spool, std::unique_ptr<ArrivingDocument> begun)
      : request_(request),
        context_(context),
        clock_(clock),
        spool_(spool),
        document_(std::move(begun)),
        began_at_(document_ == nullptr ? 0 : document_->arrived()) {}

  // What the request says besides.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> RangeHeaders() const;

  absl::Status Begin(const HttpAnswer& head) override;
  absl::Status Add(std::string_view bytes) override;
  // After Send was content.
  [[nodiscard]] absl::StatusOr<DocumentFacts> Commit();
  // What is here of it, for the next transfer; null when it has not begun.
  [[nodiscard]] std::unique_ptr<ArrivingDocument> TakeRest() { return std::move(document_); }

  [[nodiscard]] int http_status() const { return beginning_.http_status(); }
  // The answer is the document, or the rest of it, and no other news.
  [[nodiscard]] bool is_document() const { return takes_; }
  // The address answered that there is no such rest: what came before is worth nothing.
  [[nodiscard]] bool has_lost_its_place() const { return lost_place_; }
  // Bytes that this transfer brought.
  [[nodiscard]] int64_t came() const { return document_ == nullptr ? 0 : document_->arrived() - began_at_; }

 private:
  const quayside::plugin::v1::FetchDocument& request_;
  const CallContext& context_;
  const Clock& clock_;
  DocumentSpool& spool_;
  AnswerBeginning beginning_{0};
  std::unique_ptr<ArrivingDocument> document_;
  int64_t began_at_ = 0;
  bool takes_ = false;
  bool lost_place_ = false;
};

}  // namespace quayside
