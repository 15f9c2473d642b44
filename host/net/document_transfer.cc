#include "host/net/document_transfer.h"

#include <algorithm>

#include "host/base/errors.h"

namespace quayside {
namespace {

// So much is read to the end, so that the connection can be kept.
constexpr size_t kMostDroppedBytes = 64 << 10;

}  // namespace

absl::Status AnswerBeginning::Begin(const HttpAnswer& head) {
  http_status_ = head.status;
  return absl::OkStatus();
}

absl::Status AnswerBeginning::Add(std::string_view bytes) {
  const size_t taken = std::min(bytes.size(), bytes_kept_ - body_.size());
  body_.append(bytes.substr(0, taken));
  bytes_dropped_ += bytes.size() - taken;
  return bytes_dropped_ <= kMostDroppedBytes ? absl::OkStatus() : absl::CancelledError("the rest is of no interest");
}

absl::Status DocumentDownload::Begin(const HttpAnswer& head) {
  QS_RETURN_IF_ERROR(beginning_.Begin(head));
  if (head.status != 200) return absl::OkStatus();
  QS_ASSIGN_OR_RETURN(const DocumentForm form, FormOf(head, request_));
  decoder_.emplace(form);
  QS_ASSIGN_OR_RETURN(incoming_, spool_.Begin(context_.account_id, request_.name()));
  return absl::OkStatus();
}

absl::Status DocumentDownload::Add(std::string_view bytes) {
  if (!decoder_) return beginning_.Add(bytes);
  return decoder_->Add(bytes, [this](std::string_view decoded) { return Keep(decoded); });
}

// A few bytes from the network can unpack to a great many: the step is asked here, too.
absl::Status DocumentDownload::Keep(std::string_view bytes) {
  QS_RETURN_IF_ERROR(CheckStep(context_, clock_));
  return incoming_->Append(bytes);
}

absl::StatusOr<DocumentFacts> DocumentDownload::Commit() {
  if (!decoder_) return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "the transport gave no answer");
  QS_RETURN_IF_ERROR(decoder_->Finish([this](std::string_view decoded) { return Keep(decoded); }));
  // A step that lost its lane leaves nothing behind.
  QS_RETURN_IF_ERROR(CheckStep(context_, clock_));
  return incoming_->Commit(decoder_->charset(), decoder_->undecodable());
}

}  // namespace quayside
