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

std::vector<std::pair<std::string, std::string>> DocumentDownload::RangeHeaders() const {
  return document_ == nullptr ? std::vector<std::pair<std::string, std::string>>() : document_->RangeHeaders();
}

absl::Status DocumentDownload::Begin(const HttpAnswer& head) {
  QS_RETURN_IF_ERROR(beginning_.Begin(head));
  if (head.status == 200) {
    // Another one than had begun, or the server gives no parts: from the beginning.
    document_.reset();
    began_at_ = 0;
    QS_ASSIGN_OR_RETURN(document_, ArrivingDocument::Begin(head, request_, context_.account_id, spool_));
    takes_ = true;
  } else if (document_ != nullptr && (head.status == 206 || head.status == 412 || head.status == 416)) {
    takes_ = head.status == 206 && document_->GoesOnWith(head);
    lost_place_ = !takes_;
  }
  return absl::OkStatus();
}

absl::Status DocumentDownload::Add(std::string_view bytes) {
  if (!takes_) return beginning_.Add(bytes);
  return document_->Add(bytes, [this] { return CheckStep(context_, clock_); });
}

absl::StatusOr<DocumentFacts> DocumentDownload::Commit() {
  if (!takes_) return MakeError(absl::StatusCode::kInternal, Reason::kInternal, "the transport gave no answer");
  return document_->Commit([this] { return CheckStep(context_, clock_); });
}

}  // namespace quayside
