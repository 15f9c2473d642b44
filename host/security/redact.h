// What may leave a message and what must not, by the field option quayside.plugin.v1.sensitivity: the schema decides,
// so a new field cannot be forgotten. Works on every message of the generated pool, however deep the marked fields lie.
//
// Fields this program does not know (a newer plugin's) cannot be judged: they are treated as personal.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace quayside {

// One line for logs, as ShortDebugString prints it, with *** for the value of each PERSONAL and SECRET field (once for
// a repeated one, so that not even their number shows). Unknown fields are left out.
[[nodiscard]] std::string RedactedText(const google::protobuf::Message& message);

// Erases every PERSONAL field at any depth.
void ClearPersonal(google::protobuf::Message& message);

struct PersonalField {
  std::string path;  // "ship_to.lines[0]"
  std::string value;
};

// Every PERSONAL field that is set, at any depth, in the order of the schema: what a person is told of what is kept of
// them. Values that are no text as protobuf text. Unknown fields are left out: nobody here knows what they say.
[[nodiscard]] std::vector<PersonalField> PersonalFields(const google::protobuf::Message& message);

// Is there something ClearPersonal would erase?
[[nodiscard]] bool HasPersonal(const google::protobuf::Message& message);

// The texts (and bytes) in PERSONAL and SECRET fields, without empty ones: for tests that look for them where they must
// not be.
[[nodiscard]] std::vector<std::string> SensitiveValues(const google::protobuf::Message& message);

}  // namespace quayside
