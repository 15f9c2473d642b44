#include "tools/quayside/crossings.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "host/security/redact.h"
#include "quayside/plugin/v1/services.pb.h"
#include "sdk/conformance/methods.h"
#include "sdk/conformance/session.h"

namespace quayside::cli {
namespace {

namespace wire = ::quayside::plugin::v1;
using google::protobuf::Message;

// What goes in and what comes out, as prototypes.
struct Forms {
  const Message* request = nullptr;
  const Message* reply = nullptr;
};

template <typename Request, typename Reply>
Forms FormsOf() {
  return {&Request::default_instance(), &Reply::default_instance()};
}

Forms FormsOf(const conformance::Crossing& crossing) {
  if (!crossing.by_plugin) {
    for (const conformance::Method& method : conformance::AllMethods()) {
      if (method.Title() == crossing.name) return {method.request, method.reply};
    }
    return {};
  }
  if (crossing.name == "http/1") return FormsOf<wire::HttpRequest, wire::HttpReply>();
  if (crossing.name == "document/1") return FormsOf<wire::DocumentRequest, wire::DocumentReply>();
  if (crossing.name == "transfer/1") return FormsOf<wire::TransferRequest, wire::TransferReply>();
  if (crossing.name == "sign/1") return FormsOf<wire::SignRequest, wire::SignReply>();
  if (crossing.name == "log/1") return FormsOf<wire::LogRecord, wire::LogReply>();
  if (crossing.name == "clock/1") return FormsOf<wire::ClockRequest, wire::ClockReply>();
  if (crossing.name == "step/1") return FormsOf<wire::StepStateRequest, wire::StepStateReply>();
  return {};
}

// With a blank before it; nothing for an empty message.
std::string MessageText(const Message* form, const std::string& bytes) {
  if (bytes.empty()) return {};
  if (form != nullptr) {
    const std::unique_ptr<Message> message(form->New());
    if (message->ParseFromString(bytes)) return absl::StrCat(" ", RedactedText(*message));
  }
  return absl::StrCat(" (", bytes.size(), " bytes that are no message)");
}

}  // namespace

std::string CrossingText(const conformance::Crossing& crossing) {
  const Forms forms = FormsOf(crossing);
  const Message* reply = crossing.status == QS_OK ? forms.reply : &wire::Error::default_instance();
  const char* indent = crossing.by_plugin ? "  " : "";
  return absl::StrCat(indent, crossing.name, MessageText(forms.request, crossing.request), "\n", indent, "  -> ",
                      conformance::StatusName(crossing.status), MessageText(reply, crossing.reply), "\n");
}

}  // namespace quayside::cli
