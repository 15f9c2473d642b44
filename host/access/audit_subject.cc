#include "host/access/audit_subject.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "google/protobuf/descriptor.h"

namespace quayside {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kMostBytes = 200;
constexpr std::array<const char*, 6> kNameFields = {"name", "parent", "channel", "account", "listing", "lane"};

std::string Text(const Message& message, const char* field_name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(field_name);
  if (field == nullptr || field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return "";
  return message.GetReflection()->GetString(message, field);
}

std::string NameIn(const Message& message) {
  for (const char* field : kNameFields) {
    if (std::string text = Text(message, field); !text.empty()) return text;
  }
  return "";
}

// Of the resource that the message carries: its first message with a name.
std::string NameInside(const Message& message) {
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string name = Text(message.GetReflection()->GetMessage(message, field), "name");
    if (!name.empty()) return name;
  }
  return "";
}

std::string Printable(std::string text) {
  text.resize(std::min(text.size(), kMostBytes));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return !absl::ascii_isgraph(c); }, '?');
  return text;
}

}  // namespace

std::string SubjectOf(const Message& request, const Message* response) {
  std::string subject = NameIn(request);
  if (subject.empty()) subject = NameInside(request);
  if (subject.empty() && response != nullptr) subject = NameInside(*response);
  return Printable(std::move(subject));
}

}  // namespace quayside
