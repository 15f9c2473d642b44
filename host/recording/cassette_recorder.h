// Exchanges with a marketplace as the `exchanges` of a cassette (sdk/conformance/cassette.h), without secrets and
// personal data. A request never holds a credential: the host fills it in behind the place where this listens.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>

#include "host/recording/redaction.h"
#include "quayside/plugin/v1/services.pb.h"

namespace quayside {

// Thread-safe.
class CassetteRecorder {
 public:
  explicit CassetteRecorder(RedactionRules rules) : redactor_(std::move(rules)) {}

  // What tells requests of the same address apart.
  enum class Tell {
    kAddress,         // the answer is for any body
    kAddressAndBody,  // the body, too, unless it holds what is taken out
  };
  // An answer that says "not now" (429, 5xx) is left out: whoever replays a cassette makes trouble of its own. So is
  // what was answered the same way before.
  void Add(const plugin::v1::HttpRequest& request, const plugin::v1::HttpReply& reply, Tell tell = Tell::kAddress);

  [[nodiscard]] boost::json::array Exchanges() const;
  [[nodiscard]] size_t size() const;
  // What is missing from the cassette, in words for its author, without values.
  [[nodiscard]] std::set<std::string> left_out() const;
  // Bodies that are no JSON: patterns alone were taken out of them.
  [[nodiscard]] int64_t unjudged() const;
  // Name of a member -> how often its value was taken out.
  [[nodiscard]] std::map<std::string, int64_t> hidden() const;

 private:
  [[nodiscard]] boost::json::object RequestOf(const plugin::v1::HttpRequest& request, Tell tell);
  [[nodiscard]] boost::json::object ReplyOf(const plugin::v1::HttpReply& reply);

  mutable std::mutex mutex_;
  Redactor redactor_;
  boost::json::array exchanges_;
  size_t bytes_ = 0;
  std::set<std::string> left_out_;
  int64_t unjudged_ = 0;
};

}  // namespace quayside
