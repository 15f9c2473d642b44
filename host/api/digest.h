// What makes two requests the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"

namespace quayside {

// 32 bytes.
[[nodiscard]] std::string Sha256(std::string_view bytes);
// Of the message's type and content without these fields (those it has); maps in the order of their keys. Hexadecimal.
[[nodiscard]] std::string DigestOf(const google::protobuf::Message& message,
                                   const std::vector<std::string>& without_fields);

}  // namespace quayside
