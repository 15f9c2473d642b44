// The plugin, called as the host calls it, while Amazon answers what the input says: answers divided by lines of "---",
// the last of them again and again. The first line of an answer is its HTTP status, the rest its body. Documents are
// answers like all others.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quayside/testing/fake_host.h"
#include "quayside/testing/plugin_under_test.h"
#include "tests/fuzz/target.h"

namespace quayside::fuzz {

namespace pb = plugin::v1;

inline constexpr char kMarketplace[] = "A1F83G8C2ARO7P";
inline constexpr int64_t kMinuteUs = 60'000'000;

class Conversation {
 public:
  // `options`: of the account, beside its region and seller.
  explicit Conversation(std::string_view input, const std::map<std::string, std::string>& options = {})
      : plugin_(Prepared(host_), Config(options)) {
    constexpr std::string_view kDivider = "\n---\n";
    for (size_t end = input.find(kDivider); end != std::string_view::npos; end = input.find(kDivider)) {
      answers_.push_back(input.substr(0, end));
      input.remove_prefix(end + kDivider.size());
    }
    answers_.push_back(input);
    host_.OnHttp([this](const pb::HttpRequest&) { return Answer(); });
    host_.OnFetch([this](const pb::FetchDocument&) { return Document(); });
    host_.OnSend([this](const pb::SendDocument&) {
      pb::SentDocument sent;
      sent.set_http_status(Next().first);
      return sent;
    });
  }

  // What the plugin answers; what no host may be told ends the process.
  template <typename Reply, typename Request>
  sdk::Result<Reply> Call(const char* contract, const char* method, const Request& request) {
    sdk::Result<Reply> reply = plugin_.Call<Reply>(contract, method, request);
    if (!reply.ok()) CheckError(reply.error());
    return reply;
  }

  sdk::testing::FakeHost& host() { return host_; }

 private:
  static sdk::testing::FakeHost& Prepared(sdk::testing::FakeHost& host) {
    host.SetDeadline(host.now() + kMinuteUs);
    return host;
  }
  static pb::InstanceConfig Config(const std::map<std::string, std::string>& options) {
    pb::InstanceConfig config;
    config.mutable_options()->insert(options.begin(), options.end());
    config.set_account_id("shop");
    (*config.mutable_options())["region"] = "eu";
    (*config.mutable_options())["seller_id"] = "A1QUAYSIDE0EU";
    config.add_marketplaces(kMarketplace);
    return config;
  }

  std::pair<int, std::string> Next() {
    const auto [status, body] = SplitLine(answers_[next_]);
    if (next_ + 1 < answers_.size()) ++next_;
    const int number = std::atoi(std::string(status.substr(0, 8)).c_str());
    return {number >= 100 && number < 600 ? number : 200, std::string(body)};
  }
  pb::HttpReply Answer() {
    auto [status, body] = Next();
    pb::HttpReply reply = sdk::testing::Json(status, std::move(body), {{"x-amzn-requestid", "rq-1"}});
    reply.set_server_time_us(host_.now());
    return reply;
  }
  sdk::testing::FetchedBytes Document() {
    auto [status, bytes] = Next();
    return {status, std::move(bytes)};
  }

  static void CheckError(const sdk::Error& error) {
    // The SDK's own words for a reply that is no message.
    Require(error.message != "the reply is no message of this method", "a reply is a message of its method");
    Require(error.status != QS_INTERNAL, "an answer of Amazon's is no fault of the plugin: " + error.message);
    Require(!error.reason.empty() && !error.message.empty(), "a failure says why");
    pb::BadRecord text;  // any message: text that is no UTF-8 does not survive
    text.set_reason(error.message);
    Require(pb::BadRecord().ParseFromString(text.SerializeAsString()), "a failure is told in UTF-8");
  }

  sdk::testing::FakeHost host_;
  std::vector<std::string_view> answers_;
  size_t next_ = 0;
  sdk::testing::PluginUnderTest plugin_;
};

inline void CheckMoney(const pb::Money& money) {
  Require(money.nanos() > -1'000'000'000 && money.nanos() < 1'000'000'000, "an amount has nine decimals");
  Require(money.units() == 0 || money.nanos() == 0 || (money.units() > 0) == (money.nanos() > 0),
          "an amount has one sign");
  Require(money.currency_code().size() == 3, "a currency has three letters");
}

inline void CheckBadRecord(const pb::BadRecord& record) {
  Require(!record.key().empty() && !record.reason().empty(), "a bad record has a key and a reason");
  Require(record.raw().size() <= 64 << 10, "a bad record is at most 64 KiB");
}

}  // namespace quayside::fuzz
