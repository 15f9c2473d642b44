#include "tests/reload/shown_quantities.h"

#include <algorithm>
#include <string_view>

#include "host/base/errors.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr std::string_view kFolder = "/quantities/";

int64_t NumberOf(const pb::HttpRequest& request, std::string_view name) {
  for (const pb::QueryParameter& parameter : request.query()) {
    if (parameter.name() == name) return std::stoll(parameter.value());
  }
  return -1;
}

}  // namespace

absl::StatusOr<pb::HttpReply> ShownQuantities::Send(const pb::HttpRequest& request, const CallContext& context) {
  // As the real one: nothing leaves for a step that is over.
  QS_RETURN_IF_ERROR(CheckStep(context, clock_));
  if (request.method() != "PUT" || !request.path().starts_with(kFolder)) {
    return absl::UnavailableError("there is nothing but quantities here");
  }
  const int64_t intent = NumberOf(request, "intent");
  const int64_t quantity = NumberOf(request, "quantity");
  const std::lock_guard<std::mutex> lock(mutex_);
  Entry& entry = shown_[{context.account_id, request.path().substr(kFolder.size())}];
  ++taken_;
  if (intent <= entry.intent) ++doubled_;
  entry = {.quantity = quantity, .intent = std::max(intent, entry.intent)};
  pb::HttpReply reply;
  reply.set_status(200);
  return reply;
}

int64_t ShownQuantities::Shown(const std::string& account, const std::string& sku) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = shown_.find({account, sku});
  return found == shown_.end() ? -1 : found->second.quantity;
}

int64_t ShownQuantities::taken() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return taken_;
}

int64_t ShownQuantities::doubled() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return doubled_;
}

}  // namespace quayside
