#include "host/access/roles.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
namespace api = quayside::v1;

constexpr std::string_view kRolePrefix = "ROLE_";
constexpr std::string_view kChannels = "channels/";

// What each role includes beside itself.
bool Covers(Role held, Role required) {
  if (required == api::ROLE_UNSPECIFIED || held == api::ROLE_UNSPECIFIED) return false;
  if (held == required || held == api::ROLE_ADMIN) return true;
  switch (held) {
    case api::ROLE_OPERATOR:
    case api::ROLE_PLUGIN_ADMIN:
      return required == api::ROLE_VIEWER;
    case api::ROLE_CHANNEL_ADMIN:
      return required == api::ROLE_VIEWER || required == api::ROLE_OPERATOR;
    default:
      return false;
  }
}

absl::Status Denied(const std::string& why) {
  return MakeError(absl::StatusCode::kPermissionDenied, Reason::kPermissionDenied, why);
}

}  // namespace

std::string RoleText(Role role) {
  if (role == api::ROLE_UNSPECIFIED || !api::Role_IsValid(role)) return "";
  std::string text = LowerCase(std::string_view(api::Role_Name(role)).substr(kRolePrefix.size()));
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::optional<Role> ParseRole(std::string_view text) {
  for (int value = api::Role_MIN; value <= api::Role_MAX; ++value) {
    const auto role = static_cast<Role>(value);
    if (!text.empty() && RoleText(role) == text) return role;
  }
  return std::nullopt;
}

bool Includes(const std::vector<Role>& held, Role required) {
  return std::any_of(held.begin(), held.end(), [&](Role role) { return Covers(role, required); });
}

const MethodDescriptor* MethodOf(const Descriptor& request) {
  const auto* file = request.file();
  for (int i = 0; i < file->service_count(); ++i) {
    for (int j = 0; j < file->service(i)->method_count(); ++j) {
      if (file->service(i)->method(j)->input_type() == &request) return file->service(i)->method(j);
    }
  }
  return nullptr;
}

Role RequiredRole(const MethodDescriptor& method) { return method.options().GetExtension(api::required_role); }

std::string ActionOf(const Descriptor& request) {
  const MethodDescriptor* method = MethodOf(request);
  return method == nullptr ? request.name() : Concat(method->service()->name(), ".", method->name());
}

std::string ChannelOf(const Message& request) {
  const MethodDescriptor* method = MethodOf(*request.GetDescriptor());
  if (method == nullptr) return "";
  const std::string& path = method->options().GetExtension(api::channel_field);
  const Message* message = &request;
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i < names.size(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(names[i]);
    if (field == nullptr || field->is_repeated()) return "";
    if (i + 1 < names.size()) {
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return "";
      message = &message->GetReflection()->GetMessage(*message, field);
      continue;
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return "";
    const std::string name = message->GetReflection()->GetString(*message, field);
    if (std::string_view(name).substr(0, kChannels.size()) != kChannels) return "";
    return name.substr(kChannels.size(), name.find('/', kChannels.size()) - kChannels.size());
  }
  return "";
}

absl::Status CheckHasRole(const Principal& principal, Role required) {
  if (Includes(principal.roles, required)) return absl::OkStatus();
  const std::string text = RoleText(required);
  return Denied(text.empty() ? "nobody may call this" : Concat("this needs the role ", text));
}

absl::Status CheckReaches(const Principal& principal, const std::string& channel) {
  if (principal.channels.empty()) return absl::OkStatus();
  if (!channel.empty() &&
      std::find(principal.channels.begin(), principal.channels.end(), channel) != principal.channels.end()) {
    return absl::OkStatus();
  }
  return Denied("this token is limited to channels, and to calls that name one of them");
}

absl::Status CheckMayCall(const Principal& principal, const Message& request) {
  const MethodDescriptor* method = MethodOf(*request.GetDescriptor());
  QS_RETURN_IF_ERROR(CheckHasRole(principal, method == nullptr ? api::ROLE_UNSPECIFIED : RequiredRole(*method)));
  return principal.channels.empty() ? absl::OkStatus() : CheckReaches(principal, ChannelOf(request));
}

}  // namespace quayside
