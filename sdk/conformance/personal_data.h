// Texts by which a person could be known, and where none of them may stand: in a log line, in an error.
#pragma once

#include <string>
#include <vector>

#include "sdk/conformance/methods.h"
#include "sdk/conformance/session.h"

namespace quayside::conformance {

class PersonalData {
 public:
  // Texts of the fields that the contract calls personal.
  void Learn(const google::protobuf::Message& message);
  // The same of a reply; bytes that are none teach nothing.
  void LearnReply(const Method& method, const std::string& bytes);
  void ExpectNoneIn(Log& log, const std::string& text, const std::string& where) const;
  // What was logged in the world, and the answer's error.
  void ExpectNoneIn(Log& log, World& world, const Answer& answer, const std::string& where) const;

 private:
  std::vector<std::string> texts_;
};

// Of a method that is no lane: its request's, and the reply's of a good day.
[[nodiscard]] PersonalData PersonalDataOf(Plugin& plugin, const Method& method);

// What was logged, a line each, with its fields.
[[nodiscard]] std::vector<std::string> LoggedIn(World& world);

// What an error says; empty when the answer is OK.
[[nodiscard]] std::string SaidIn(const Answer& answer);

}  // namespace quayside::conformance
