// What is begun with --no-wait.
#pragma once

#include <string>

#include "google/protobuf/message.h"
#include "tools/quayside/context.h"

namespace quayside::cli {

inline constexpr char kNoWaitHelp[] = "Do not wait for the end: print the operation";

// `answer`: with the operation's name, "operations/5".
void SayBegun(Context& context, const google::protobuf::Message& answer, const std::string& operation);

}  // namespace quayside::cli
