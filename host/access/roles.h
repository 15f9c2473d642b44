// Who may call what: the roles a caller has against the one that the method's descriptor asks for. Deny by default: a
// method that says nothing is nobody's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "host/access/principal.h"

namespace quayside {

// "channel-admin"; "" for ROLE_UNSPECIFIED and unknown values.
[[nodiscard]] std::string RoleText(Role role);
[[nodiscard]] std::optional<Role> ParseRole(std::string_view text);

// Does one of these roles include `required`? Nothing includes ROLE_UNSPECIFIED.
[[nodiscard]] bool Includes(const std::vector<Role>& held, Role required);

// The method that takes this request; each request of the API belongs to one. Null: none of its file's services does.
[[nodiscard]] const google::protobuf::MethodDescriptor* MethodOf(const google::protobuf::Descriptor& request);

// ROLE_UNSPECIFIED when the method does not say.
[[nodiscard]] Role RequiredRole(const google::protobuf::MethodDescriptor& method);

// "ChannelService.UpdateChannel"; the request's own name when it belongs to no method.
[[nodiscard]] std::string ActionOf(const google::protobuf::Descriptor& request);

// The id of the channel that the request names where its method's channel_field says; "" when it names none.
[[nodiscard]] std::string ChannelOf(const google::protobuf::Message& request);

// PERMISSION_DENIED, which says nothing about what exists.
[[nodiscard]] absl::Status CheckMayCall(const Principal& principal, const google::protobuf::Message& request);
// The same for what is no method of ours (health, reflection).
[[nodiscard]] absl::Status CheckHasRole(const Principal& principal, Role required);
// PERMISSION_DENIED when the caller is limited to channels and this one, an id, is none of them.
[[nodiscard]] absl::Status CheckReaches(const Principal& principal, const std::string& channel);

}  // namespace quayside
