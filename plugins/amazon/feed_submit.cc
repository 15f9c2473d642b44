#include "feed_submit.h"

#include "errors.h"
#include "quantity_rules.h"
#include "time_text.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;

constexpr int64_t kNextFeedUs = 5 * kMinuteUs;
constexpr int64_t kPauseUs = 15 * kMinuteUs;  // until a person may have acted

// The id of a document that lies at Amazon.
Result<std::string> Upload(Caller& caller, const FeedType& type, const std::string& document) {
  QS_TRY(const FeedUpload upload, CreateFeedDocument(caller, type));
  pb::SendDocument send;
  send.set_url(upload.url);
  send.set_content_type(type.content_type);
  send.set_body(document);
  auto sent = caller.step().Send(send);
  // A document without a feed is nothing, whether it arrived or not.
  if (!sent.ok() && sent.error().status == QS_UNKNOWN) sent.error().status = QS_RETRY;
  if (!sent.ok()) return std::move(sent.error());
  const int status = sent.value().http_status();
  if (status < 200 || status >= 300)
    return Error::RetryAt(0, "UPLOAD_REFUSED", "the upload answered HTTP " + std::to_string(status));
  return upload.document_id;
}

FeedSubmission NotHandedOver(Error error) {
  using Kind = FeedSubmission::Kind;
  return {.kind = error.status == QS_RETRY ? Kind::kPutOff : Kind::kRefused, .error = std::move(error)};
}

FeedSubmission Lost(std::string why) { return {.kind = FeedSubmission::Kind::kLost, .why = std::move(why)}; }

}  // namespace

FeedSubmission SubmitFeed(Caller& caller, const FeedType& type, const std::string& marketplace,
                          const std::string& document) {
  auto uploaded = Upload(caller, type, document);
  if (!uploaded.ok()) return NotHandedOver(std::move(uploaded.error()));
  auto answer = caller.Write(CreateFeedRequest(caller.settings(), type, marketplace, uploaded.value()));
  if (!answer.ok()) {
    if (WasNotSent(answer.error())) return NotHandedOver(std::move(answer.error()));
    return Lost("no answer to createFeed: " + answer.error().reason);
  }
  const int status = answer.value().status();
  // 408: it arrived in part, and perhaps in full.
  if (status >= 400 && status < 500 && status != 408)
    return NotHandedOver(ErrorFrom(answer.value(), kCreateFeed, caller.NowUs()));
  // 5xx as well as a success that cannot be read: the feed may be there.
  std::string id = status < 300 ? ReadFeedId(answer.value()) : std::string();
  if (id.empty()) return Lost("createFeed answered HTTP " + std::to_string(status) + " without a feed id");
  return {.kind = FeedSubmission::Kind::kCreated, .feed_id = std::move(id)};
}

void SettleBy(const FeedSubmission& submission, int64_t now_us, pb::Outcome& outcome) {
  const Error& error = submission.error;
  switch (submission.kind) {
    case FeedSubmission::Kind::kCreated:
      outcome.mutable_accepted()->set_handle(submission.feed_id);
      return;
    case FeedSubmission::Kind::kPutOff:
      return PutOff(outcome, error.retry_at_us != 0 ? error.retry_at_us : now_us + kNextFeedUs, error.reason);
    case FeedSubmission::Kind::kLost:
      outcome.mutable_unknown()->set_message(submission.why);
      return;
    case FeedSubmission::Kind::kRefused:
      return PutOff(outcome, now_us + kPauseUs, error.reason);
  }
}

}  // namespace quayside::amazon
