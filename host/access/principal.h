// Whoever calls the API, once it is known who that is.
#pragma once

#include <string>
#include <vector>

#include "host/base/time.h"
#include "quayside/v1/options.pb.h"

namespace quayside {

using Role = quayside::v1::Role;

// The owner of the socket, as the audit trail names him.
inline constexpr char kLocalActor[] = "local";
// Who is not signed in.
inline constexpr char kNobody[] = "nobody";

struct Principal {
  std::string actor;  // "local", "tokens/{id}", "certificates/{name}"
  std::vector<Role> roles;
  std::vector<std::string> channels;  // ids; empty: not limited to channels
  // The owner of the socket can stop the host: limits would only stop his own tools.
  bool limited = true;
};

}  // namespace quayside
