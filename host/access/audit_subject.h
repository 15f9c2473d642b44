// What a call was about, for the audit trail.
#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace quayside {

// The resource name that the request holds (name, parent, channel, account, listing, lane), or the resource in it, or,
// when it was made by the call, the one in the answer (which may be empty of it). "" when there is none. At most 200
// bytes of printable ASCII: a refused request may hold anything.
[[nodiscard]] std::string SubjectOf(const google::protobuf::Message& request,
                                    const google::protobuf::Message* response);

}  // namespace quayside
