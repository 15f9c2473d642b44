// The cases of Reports 2021-06-30 through the real plugin: a pass over a large shop, stage by stage.
#include <gtest/gtest.h>

#include "quayside/plugin/v1/listing_sync.pb.h"
#include "tests/sandbox/sandbox_world.h"

namespace quayside {
namespace {

namespace json = boost::json;
namespace pb = quayside::plugin::v1;

constexpr char kReportsPath[] = "/reports/2021-06-30/reports";
constexpr char kListingsPath[] = "/listings/2021-08-01/items/A1SANDBOXSELLER";

// Why a case of the reports model is not replayed; empty = it is.
std::string ReportsNotUsed(const SandboxCase& c) {
  if (c.operation == "cancelReport") return "the plugin takes back no report: another program may wait for it";
  if (c.operation.find("Schedule") != std::string::npos) return "the plugin has no report schedules";
  return "";
}

class ReportsReplay : public SandboxReplay {
 protected:
  absl::StatusOr<pb::PullListingsReply> Pull(const SandboxCase& c) {
    auto reply = Call<pb::PullListingsReply>(c, "listing_sync/1", "pull", request_);
    if (reply.ok()) *request_.mutable_cursor() = reply->next_cursor();
    return reply;
  }
  // A shop of 2,000, no report yet; the first order gives report ID323, which is DONE.
  void Prepare() {
    clock_.Advance(kHourUs);  // of allowance
    request_.Clear();
    request_.set_marketplace("ATVPDKIKX0DER");
    transport_.Forget();
    transport_.Beside("GET", kListingsPath, 200, R"({"numberOfResults": 2000, "items": []})");
    transport_.Beside("GET", kReportsPath, 200, R"({"reports": []})");
    transport_.Beside("POST", kReportsPath, 202, R"({"reportId": "ID323"})");
    transport_.Beside("GET", std::string(kReportsPath) + "/ID323", 200,
                      R"({"reportId": "ID323", "reportType": "GET_MERCHANT_LISTINGS_ALL_DATA",
                          "createdTime": "2026-09-21T00:00:00Z", "processingStatus": "DONE",
                          "reportDocumentId": "doc-1"})");
  }
  // The case answers the `step`th call from now on: 1 = getReports, 2 = getReport, 3 = getReportDocument. createReport
  // is in the step of getReports.
  absl::StatusOr<pb::PullListingsReply> PlayAt(const SandboxCase& c, int step, const std::string& call) {
    for (int i = 0; i < step; ++i) EXPECT_TRUE(Pull(c).ok());
    EXPECT_FALSE(transport_.asked().has_value()) << "too early";
    transport_.Leave(call);
    return Pull(c);
  }

  pb::PullListingsRequest request_;
};

INSTANTIATE_TEST_SUITE_P(Modes, ReportsReplay, InBothModes(), ModeName);

TEST_P(ReportsReplay, EveryCaseOfAnOperationInUse) {
  int replayed = 0;
  int unused = 0;
  for (const SandboxCase& c : ReadSandboxCases(models_, "reports_2021-06-30.json")) {
    if (const std::string reason = ReportsNotUsed(c); !reason.empty()) {
      TellNotUsed(c, reason);
      ++unused;
      continue;
    }
    SCOPED_TRACE(NameOf(c));
    Prepare();
    ++replayed;
    if (c.operation == "getReports") {
      const auto reply = PlayAt(c, 1, std::string("GET ") + kReportsPath);
      if (c.status == 200) {
        ASSERT_TRUE(reply.ok()) << reply.status();
        EXPECT_EQ(reply->progress(), "report ID323 is ordered") << "none of the case's is of use";
      } else {
        EXPECT_EQ(reply.status().code(), absl::StatusCode::kInvalidArgument) << reply.status();
      }
    } else if (c.operation == "createReport") {
      const auto reply = PlayAt(c, 1, std::string("POST ") + kReportsPath);
      ASSERT_TRUE(reply.ok()) << reply.status();
      EXPECT_EQ(TextAt(json::parse(transport_.asked()->body), "/reportType"), "GET_MERCHANT_LISTINGS_ALL_DATA");
      EXPECT_NE(reply->progress().find(c.status == 202 ? "report " + TextAt(c.response, "/reportId") + " is ordered"
                                                       : "Amazon makes no report"),
                std::string::npos)
          << reply->progress();
    } else if (c.operation == "getReport") {
      const auto reply = PlayAt(c, 2, std::string("GET ") + kReportsPath + "/ID323");
      ASSERT_TRUE(reply.ok()) << reply.status();
      EXPECT_NE(reply->progress().find(c.status == 200 ? TextAt(c.response, "/processingStatus") : "Invalid input"),
                std::string::npos)
          << reply->progress();
      EXPECT_FALSE(reply->pass_complete());
    } else {
      ASSERT_EQ(c.operation, "getReportDocument");
      documents_.serves = "seller-sku\tfulfillment-channel\titem-name\nA\tDEFAULT\tA title\n";
      const auto reply = PlayAt(c, 3, "GET /reports/2021-06-30/documents/doc-1");
      ASSERT_TRUE(reply.ok()) << reply.status();
      if (c.status == 200) {
        EXPECT_EQ(documents_.fetched.url(), TextAt(c.response, "/url"));
        const auto page = Pull(c);
        ASSERT_TRUE(page.ok()) << page.status();
        ASSERT_EQ(page->listings_size(), 1);
        EXPECT_EQ(page->listings(0).sku(), "A");
      } else {
        EXPECT_NE(reply->progress().find("Invalid input"), std::string::npos) << reply->progress();
      }
    }
    EXPECT_TRUE(transport_.asked().has_value()) << "the case was not played";
  }
  std::printf("reports model: %d cases replayed, %d of no use\n", replayed, unused);
  EXPECT_EQ(replayed, 8);
  EXPECT_EQ(unused, 10);
}

}  // namespace
}  // namespace quayside
