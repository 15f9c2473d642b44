// A document of which a part is here. It outlives the transfer that brought the part, so that the next one can go on
// behind it (RFC 9110 section 14: a range, on the condition that what is served is still the same). Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/net/document_decoder.h"
#include "host/net/http_client.h"
#include "host/net/spool.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {

class ArrivingDocument {
 public:
  // Of an answer with status 200 to `request`. Errors: those of FormOf and of the spool.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<ArrivingDocument>> Begin(
      const HttpAnswer& head, const quayside::plugin::v1::FetchDocument& request, const std::string& account,
      DocumentSpool& spool);

  // The next bytes as they were served; `before_each` is asked before any of what they unpack to is kept. After an
  // error nothing can follow any more.
  [[nodiscard]] absl::Status Add(std::string_view bytes, const std::function<absl::Status()>& before_each);
  // All of it came.
  [[nodiscard]] absl::StatusOr<DocumentFacts> Commit(const std::function<absl::Status()>& before_each);

  // The server can give the rest of exactly this, and what came is in order.
  [[nodiscard]] bool CanGoOn() const {
    return !etag_.empty() && !spoiled_ && arrived_ > 0 && !incoming_->is_released();
  }
  // `request` wants it in the same form as the one that it began with.
  [[nodiscard]] bool IsFor(const quayside::plugin::v1::FetchDocument& request) const;
  // What a request for the rest says besides. The bytes are those of the same Accept-Encoding.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> RangeHeaders() const;
  // `head`, the answer to such a request with status 206, is followed by the rest.
  [[nodiscard]] bool GoesOnWith(const HttpAnswer& head) const;

  // Bytes as they were served.
  [[nodiscard]] int64_t arrived() const { return arrived_; }

 private:
  ArrivingDocument(const DocumentForm& form, quayside::plugin::v1::FetchDocument wish)
      : wish_(std::move(wish)), decoder_(form) {}
  absl::Status Note(absl::Status status);

  const quayside::plugin::v1::FetchDocument wish_;  // without its address
  DocumentDecoder decoder_;
  std::unique_ptr<DocumentSpool::Incoming> incoming_;
  std::string etag_;      // a strong one; empty: what is served may change between two requests
  std::string encoding_;  // the Content-Encoding it came with
  int64_t length_ = 0;    // of what is served, as its first answer said; 0 = it did not
  int64_t arrived_ = 0;
  bool spoiled_ = false;
};

}  // namespace quayside
