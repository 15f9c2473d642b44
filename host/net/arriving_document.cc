#include "host/net/arriving_document.h"

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/net/document_form.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

pb::FetchDocument WithoutAddress(pb::FetchDocument request) {
  request.clear_url();
  return request;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ArrivingDocument>> ArrivingDocument::Begin(const HttpAnswer& head,
                                                                          const pb::FetchDocument& request,
                                                                          const std::string& account,
                                                                          DocumentSpool& spool) {
  QS_ASSIGN_OR_RETURN(const DocumentForm form, FormOf(head, request));
  auto document = std::unique_ptr<ArrivingDocument>(new ArrivingDocument(form, WithoutAddress(request)));
  QS_ASSIGN_OR_RETURN(document->incoming_, spool.Begin(account, request.name()));
  document->encoding_ = HeaderOf(head, "content-encoding");
  document->length_ = ParseWhole(HeaderOf(head, "content-length")).value_or(0);
  const std::string etag = HeaderOf(head, "etag");
  if (document->length_ > 0 && IsStrongEtag(etag)) document->etag_ = etag;
  return document;
}

// What was taken of a piece when its rest failed cannot be told any more.
absl::Status ArrivingDocument::Note(absl::Status status) {
  spoiled_ = spoiled_ || !status.ok();
  return status;
}

absl::Status ArrivingDocument::Add(std::string_view bytes, const std::function<absl::Status()>& before_each) {
  QS_RETURN_IF_ERROR(before_each());
  QS_RETURN_IF_ERROR(Note(decoder_.Add(bytes, [&](std::string_view decoded) -> absl::Status {
    QS_RETURN_IF_ERROR(before_each());
    return incoming_->Append(decoded);
  })));
  arrived_ += static_cast<int64_t>(bytes.size());
  return absl::OkStatus();
}

absl::StatusOr<DocumentFacts> ArrivingDocument::Commit(const std::function<absl::Status()>& before_each) {
  if (length_ > 0 && arrived_ != length_) {
    spoiled_ = true;
    return MakeError(
        absl::StatusCode::kUnavailable, Reason::kDocumentDamaged,
        Concat("the document did not arrive whole: ", arrived_, " of ", length_, " bytes came; nothing of it is kept"));
  }
  QS_RETURN_IF_ERROR(Note(decoder_.Finish([&](std::string_view decoded) -> absl::Status {
    QS_RETURN_IF_ERROR(before_each());
    return incoming_->Append(decoded);
  })));
  // A step that lost its lane leaves nothing behind.
  QS_RETURN_IF_ERROR(Note(before_each()));
  return incoming_->Commit(decoder_.charset(), decoder_.undecodable());
}

bool ArrivingDocument::IsFor(const pb::FetchDocument& request) const {
  return wish_.gzip() == request.gzip() && wish_.default_charset() == request.default_charset() &&
         wish_.max_bytes() == request.max_bytes();
}

std::vector<std::pair<std::string, std::string>> ArrivingDocument::RangeHeaders() const {
  return {{"range", Concat("bytes=", arrived_, "-")}, {"if-range", etag_}};
}

bool ArrivingDocument::GoesOnWith(const HttpAnswer& head) const {
  return IsRestOf(HeaderOf(head, "content-range"), arrived_, length_) && HeaderOf(head, "etag") == etag_ &&
         HeaderOf(head, "content-encoding") == encoding_;
}

}  // namespace quayside
