// One call of a method that writes, and what is looked at every time: the reply is total.
#pragma once

#include <map>
#include <set>
#include <string>

#include "quayside/plugin/v1/outcome.pb.h"
#include "sdk/conformance/methods.h"
#include "sdk/conformance/session.h"

namespace quayside::conformance {

struct Written {
  Answer answer;
  // By intent; empty when the answer is not OK.
  std::map<std::string, pb::Outcome> outcomes;
  // Empty, or why the reply is not total.
  std::string problem;
};

[[nodiscard]] Written Write(Instance& instance, const Method& method, const google::protobuf::Message& request);

// Intent ids of a request, in its order.
[[nodiscard]] std::vector<std::string> IntentIds(const google::protobuf::Message& request);

// Absolute values stand however often they are sent, whatever the file is called that carries them.
[[nodiscard]] bool IsAbsolute(const Method& method);

// "done"
[[nodiscard]] std::string KindOf(const pb::Outcome& outcome);

}  // namespace quayside::conformance
