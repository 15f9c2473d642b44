// What takes the answer of a presigned address while it arrives. Not thread-safe: one per transfer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/base/clock.h"
#include "host/net/call_context.h"
#include "host/net/document_decoder.h"
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

// A document on its way from the network into the spool. Nothing is kept of an answer that is not 200, or unless
// Commit() succeeds. All arguments must outlive it.
class DocumentDownload final : public BodySink {
 public:
  DocumentDownload(const quayside::plugin::v1::FetchDocument& request, const CallContext& context, const Clock& clock,
                   DocumentSpool& spool)
      : request_(request), context_(context), clock_(clock), spool_(spool) {}

  absl::Status Begin(const HttpAnswer& head) override;
  absl::Status Add(std::string_view bytes) override;
  // After all of it came with status 200.
  [[nodiscard]] absl::StatusOr<DocumentFacts> Commit();

  [[nodiscard]] int http_status() const { return beginning_.http_status(); }

 private:
  absl::Status Keep(std::string_view bytes);

  const quayside::plugin::v1::FetchDocument& request_;
  const CallContext& context_;
  const Clock& clock_;
  DocumentSpool& spool_;
  AnswerBeginning beginning_{0};
  std::optional<DocumentDecoder> decoder_;
  std::unique_ptr<DocumentSpool::Incoming> incoming_;
};

}  // namespace quayside
