// Amazon's reports of listings inside the test: orders, the cache behind them, documents at addresses that expire. The
// text is unpacked UTF-8 already, as the host hands it to a plugin.
#pragma once

#include <boost/json.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quayside/testing/fake_host.h"

namespace quayside::amazon {

namespace pb = plugin::v1;

struct FakeReport {
  std::string id;
  std::string marketplace;
  int64_t created_us = 0;
  std::string status;
  std::string document_id;
  std::string text;
  int polls_left = 0;  // calls of getReport until it ends
};

class FakeReports {
 public:
  // `render` makes the text of a report of a marketplace from listings there were at a time.
  using Render = std::function<std::string(const std::string& marketplace, int64_t listed_before_us)>;

  FakeReports(sdk::testing::FakeHost& host, const int64_t& clock_offset_us, Render render);

  // The reply to one of the report operations; nothing when `request` is none.
  std::optional<pb::HttpReply> Answer(const pb::HttpRequest& request);

  // The document at a presigned address.
  sdk::Result<sdk::testing::FetchedBytes> Serve(const pb::FetchDocument& request);

  // A report that another program ordered `age_us` ago.
  FakeReport& Put(const std::string& marketplace, int64_t age_us, const std::string& status = "DONE");
  // What the next ordered report holds instead of the listings.
  std::optional<std::string> next_text;
  std::string end_status = "DONE";  // of reports ordered from now on; "" = they stay IN_PROGRESS
  int polls = 1;                    // until a report ordered from now on ends
  int64_t cache_age_us = 0;         // how old the data of a report is
  bool gzip = false;
  int expired_addresses = 0;                // so many addresses are dead when they are used
  bool hides_reports = false;               // getReports answers none
  std::vector<boost::json::object> orders;  // bodies of createReport
  std::vector<pb::FetchDocument> fetched;
  std::deque<FakeReport> reports;

 private:
  pb::HttpReply Find(const std::map<std::string, std::string>& query) const;
  pb::HttpReply Create(const pb::HttpRequest& request);
  pb::HttpReply Get(const std::string& id);
  pb::HttpReply GetDocument(const std::string& id);
  [[nodiscard]] int64_t Now() const { return host_.now() + clock_offset_us_; }

  sdk::testing::FakeHost& host_;
  const int64_t& clock_offset_us_;
  const Render render_;
  int serial_ = 50000;
  std::map<std::string, std::pair<std::string, int64_t>> addresses_;  // address -> document, valid until
};

}  // namespace quayside::amazon
