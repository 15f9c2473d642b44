// What a marketplace answers, as it may be kept in a cassette: its account's secrets and its buyers are not in there.
#include <boost/json.hpp>
#include <string>

#include "host/recording/redaction.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {
namespace {

constexpr char kSecret[] = "s3cr3t-t0ken";

std::string BodyWith(const char* name, const boost::json::value& value) {
  return boost::json::serialize(boost::json::object{{name, value}});
}

}  // namespace
}  // namespace quayside::fuzz

QUAYSIDE_FUZZ_TARGET(redacted_body) {
  Redactor redactor({.keep = {}, .secrets = {kSecret}});
  const Redactor::Body body = redactor.RedactedBody(input);
  if (body.judged && !input.empty()) {
    boost::system::error_code error;
    (void)boost::json::parse(body.text, error);
    Require(!error, "a body that was judged member by member is JSON as before");
  }

  const boost::json::string text(boost::json::string_view(input.data(), input.size()));
  boost::json::string with_secret = text;
  with_secret.append(kSecret);
  Require(redactor.RedactedBody(BodyWith("note", with_secret)).text.find(kSecret) == std::string::npos,
          "a secret is taken out of a body");
  Require(redactor.Value("note", std::string(input) + kSecret).find(kSecret) == std::string::npos,
          "and out of a header");

  boost::json::object named{{with_secret, 1}};
  named.emplace(text, boost::json::object{{with_secret, text}});
  Require(redactor.RedactedBody(boost::json::serialize(named)).text.find(kSecret) == std::string::npos,
          "nor is it the name of a member");
  const boost::json::object beside{{"key", "password"}, {"value", text}};
  const Redactor::Body password = redactor.RedactedBody(boost::json::serialize(beside));
  if (password.judged && !input.empty())
    Require(password.text == R"({"key":"password","value":"***"})", "what a member beside it calls a password is one");

  const Redactor::Body person = redactor.RedactedBody(BodyWith("buyer", boost::json::object{{"called", text}}));
  if (person.judged && !input.empty())
    Require(person.text == R"({"buyer":{"called":"***"}})", "what is said of a buyer is taken out");
  Require(input.empty() || redactor.Value("buyer_email", input) == "***", "and so is what is called like it");
}
