// The plugin against files in the fake host: an account's options, a cursor, and steps.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "listings.h"
#include "orders.h"
#include "quayside/testing/fake_host.h"
#include "settings.h"

namespace quayside::flatfile {

namespace pb = plugin::v1;

class FileWorld : public ::testing::Test {
 protected:
  FileWorld() {
    Set("orders_address", "file:///in/orders");
    Set("listings_address", "file:///in/listings");
    Set("quantities_address", "file:///out");
    Set("despatches_address", "file:///out");
    Set("stable_seconds", "0");
    Set("currency", "EUR");
  }
  void Set(const std::string& name, const std::string& value) { (*config_.mutable_options())[name] = value; }
  [[nodiscard]] Settings settings() const { return ReadSettings(config_); }
  [[nodiscard]] std::map<std::string, std::string>& files() { return host_.files(); }

  // Every step begins with nothing but the cursor, like one of a new process.
  sdk::Result<pb::PullOrdersReply> Pull() {
    pb::PullOrdersRequest request;
    if (cursor_) *request.mutable_cursor() = *cursor_;
    request.set_page_size(page_size_);
    auto reply = PullOrders(settings(), request, host_.step());
    if (reply.ok()) Commit(reply.value().next_cursor());
    return reply;
  }
  void Commit(const pb::Cursor& next) {
    if (cursor_) {
      EXPECT_GE(next.watermark_us(), cursor_->watermark_us()) << "never backwards";
    }
    cursor_ = next;
  }
  // Until nothing is left: everything that was handed over, in order.
  pb::PullOrdersReply PullAll() {
    pb::PullOrdersReply all;
    for (int i = 0; i < 5000; ++i) {
      auto reply = Pull();
      if (!reply.ok()) {
        ADD_FAILURE() << reply.error().reason << " " << reply.error().message;
        return all;
      }
      all.MergeFrom(reply.value());
      if (!reply.value().has_more()) return all;
    }
    ADD_FAILURE() << "never ends";
    return all;
  }
  // Of files below a place, without it.
  [[nodiscard]] std::vector<std::string> FilesUnder(const std::string& begin) {
    std::vector<std::string> found;
    for (const auto& [path, bytes] : files())
      if (path.rfind(begin, 0) == 0) found.push_back(path.substr(begin.size()));
    return found;
  }

  sdk::testing::FakeHost host_;
  pb::InstanceConfig config_;
  std::optional<pb::Cursor> cursor_;
  int32_t page_size_ = 0;
};

inline std::vector<std::string> IdsOf(const pb::PullOrdersReply& reply) {
  std::vector<std::string> ids;
  for (const pb::Order& order : reply.orders()) ids.push_back(order.external_id());
  return ids;
}

inline std::vector<std::string> ReasonsOf(const google::protobuf::RepeatedPtrField<pb::BadRecord>& records) {
  std::vector<std::string> reasons;
  for (const pb::BadRecord& record : records) reasons.push_back(record.reason());
  return reasons;
}

}  // namespace quayside::flatfile
