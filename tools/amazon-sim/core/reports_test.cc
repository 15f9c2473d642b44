// Reports 2021-06-30: their life, their search, and what a merchant listings report says.
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/split.hpp>

#include "testing/gunzip.h"
#include "testing/sim_fixture.h"

namespace amazon_sim {
namespace {

class ReportTest : public SimFixture {
 protected:
  static constexpr const char* kAll = "GET_MERCHANT_LISTINGS_ALL_DATA";

  ReportTest() {
    Unthrottle();
    Control("settings", R"({"reports": {"queue_s": 20, "work_s": 60, "compression": "none"}})");
  }
  Response Create(const std::string& type, const std::string& marketplace = kUk, const std::string& more = "") {
    return Post("/reports/2021-06-30/reports",
                R"({"reportType": ")" + type + R"(", "marketplaceIds": [")" + marketplace + "\"]" + more + "}");
  }
  std::string Created(const std::string& type = kAll, const std::string& marketplace = kUk,
                      const std::string& more = "") {
    const Response answer = Create(type, marketplace, more);
    EXPECT_EQ(answer.status, 202) << answer.body;
    return std::string(boost::json::parse(answer.body).at("reportId").get_string());
  }
  boost::json::value Report(const std::string& id) { return GetJson("/reports/2021-06-30/reports/" + id); }
  std::string Status(const std::string& id) { return std::string(Report(id).at("processingStatus").get_string()); }
  boost::json::value Document(const std::string& report, const std::string& more = "") {
    return GetJson("/reports/2021-06-30/documents/" + std::string(Report(report).at("reportDocumentId").get_string()) +
                   more);
  }
  // The finished report's document, fetched from its address.
  Response Fetched(const std::string& report) { return Fetch(Text(Document(report), "url")); }
  // Creates a report, lets it finish, and fetches its lines.
  std::vector<std::string> Lines(const std::string& type = kAll, const std::string& marketplace = kUk,
                                 const std::string& more = "") {
    const std::string id = Created(type, marketplace, more);
    amazon.clock().Advance(80 * kSecond);
    std::string body = BodyOf(Fetched(id));
    EXPECT_EQ(body.back(), '\n');
    body.pop_back();
    std::vector<std::string> lines;
    boost::split(lines, body, [](char c) { return c == '\n'; });
    return lines;
  }
  // {column: cell} of the line whose seller-sku is that.
  static std::map<std::string, std::string> Row(const std::vector<std::string>& lines, const std::string& sku) {
    const std::vector<std::string> names = Cells(lines[0]);
    for (const std::string& line : lines) {
      const std::vector<std::string> cells = Cells(line);
      EXPECT_EQ(cells.size(), names.size());
      std::map<std::string, std::string> row;
      for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = cells[i];
      if (row["seller-sku"] == sku) return row;
    }
    ADD_FAILURE() << "no line for " << sku;
    return {};
  }
  static std::vector<std::string> Cells(const std::string& line) {
    std::vector<std::string> cells;
    boost::split(cells, line, [](char c) { return c == '\t'; });
    return cells;
  }
  std::vector<std::string> Found(const std::string& parameters) {
    std::vector<std::string> ids;
    std::string target = "/reports/2021-06-30/reports?" + parameters;
    while (!target.empty()) {
      const auto page = GetJson(target);
      for (const auto& report : page.at("reports").get_array()) ids.push_back(Text(report, "reportId"));
      const auto* next = page.get_object().if_contains("nextToken");
      target = next ? "/reports/2021-06-30/reports?nextToken=" + PercentEncode(next->get_string()) : "";
    }
    return ids;
  }
  void AllowManyReports() { Control("settings", R"({"reports": {"min_interval_s": 0}})"); }
};

TEST_F(ReportTest, Life_GoesFromQueueOverProgressToDone) {
  const std::string id = Created();
  EXPECT_EQ(Status(id), "IN_QUEUE");
  amazon.clock().Advance(20 * kSecond);
  EXPECT_EQ(Status(id), "IN_PROGRESS");
  EXPECT_FALSE(Report(id).get_object().contains("reportDocumentId"));
  amazon.clock().Advance(60 * kSecond);
  const auto report = Report(id);
  EXPECT_EQ(report.at("processingStatus"), "DONE");
  EXPECT_EQ(Text(report, "createdTime"), Iso8601(kStart));
  EXPECT_EQ(Text(report, "processingStartTime"), Iso8601(kStart + 20 * kSecond));
  EXPECT_EQ(Text(report, "processingEndTime"), Iso8601(kStart + 80 * kSecond));
  EXPECT_TRUE(report.get_object().contains("reportDocumentId"));
}

TEST_F(ReportTest, Delays_AreDrawnFromTheirRangeUnderTheSeed) {
  AllowManyReports();
  Control("settings", R"({"reports": {"queue_s": [10, 20], "work_s": [100, 200]}})");
  std::set<std::string> ends;
  for (int i = 0; i < 8; ++i) {
    const std::string id = Created();
    amazon.clock().Advance(220 * kSecond);
    const auto report = Report(id);
    ends.insert(Text(report, "processingEndTime").substr(17));
    const Micros took = *ParseIso8601(Text(report, "processingEndTime")) - *ParseIso8601(Text(report, "createdTime"));
    EXPECT_GE(took, 110 * kSecond - kMillisecond);
    EXPECT_LE(took, 220 * kSecond);
  }
  EXPECT_GT(ends.size(), 3U);
}

TEST_F(ReportTest, Listings_AreAsTheyWereWhenProcessingBegan) {
  const std::string id = Created();
  amazon.clock().Advance(19 * kSecond);
  Control("change-quantity", R"({"sku": "A", "quantity": 3})");
  amazon.clock().Advance(2 * kSecond);
  Control("change-quantity", R"({"sku": "A", "quantity": 99})");
  amazon.clock().Advance(60 * kSecond);
  EXPECT_NE(BodyOf(Fetched(id)).find("\tA\t12.50\t3\t"), std::string::npos);
}

TEST_F(ReportTest, Columns_AreAmazonsAndFbaHasNoQuantity) {
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0],
            "item-name\titem-description\tlisting-id\tseller-sku\tprice\tquantity\topen-date\timage-url\t"
            "item-is-marketplace\tproduct-id-type\tzshop-shipping-fee\titem-note\titem-condition\tzshop-category1\t"
            "zshop-browse-path\tzshop-storefront-feature\tasin1\tasin2\tasin3\twill-ship-internationally\t"
            "expedited-shipping\tzshop-boldface\tproduct-id\tbid-for-featured-placement\tadd-delete\tpending-quantity\t"
            "fulfillment-channel\tmerchant-shipping-group\tstatus");
  auto merchant = Row(lines, "A");
  EXPECT_EQ(merchant["quantity"], "10");
  EXPECT_EQ(merchant["price"], "12.50");
  EXPECT_EQ(merchant["fulfillment-channel"], "DEFAULT");
  EXPECT_EQ(merchant["status"], "Active");
  EXPECT_EQ(merchant["open-date"], "18/11/2026 11:06:40 GMT");
  EXPECT_EQ(merchant["asin1"].size(), 10U);
  auto fba = Row(lines, "F");
  EXPECT_EQ(fba["quantity"], "");
  EXPECT_EQ(fba["fulfillment-channel"], "AMAZON_EU");
}

TEST_F(ReportTest, Columns_CanBeMissingAddedRenamedAndShuffled) {
  AllowManyReports();
  const auto plain = Lines();
  Control(
      "settings",
      R"({"reports": {"omit": ["status"], "extra": [{"name": "Business Price", "after": "price", "value": "9"}]}})");
  auto lines = Lines();
  EXPECT_EQ(lines[0].find("status"), std::string::npos);
  EXPECT_NE(lines[0].find("\tprice\tBusiness Price\tquantity\t"), std::string::npos);
  EXPECT_EQ(Row(lines, "A")["Business Price"], "9");
  Control("settings", R"({"reports": {"omit": [], "extra": [], "column_order": "shuffled"}})");
  lines = Lines();
  EXPECT_NE(lines[0], plain[0]);
  EXPECT_EQ(Row(lines, "A"), Row(plain, "A"));
  EXPECT_NE(Lines(kAll, "A1PA6795UKMFR9")[0], lines[0]) << "another marketplace, another order";
}

TEST_F(ReportTest, Header_CanBeInTheMarketplacesLanguage) {
  AllowManyReports();
  Control("settings", R"({"reports": {"header": "local", "charset": "UTF-8"}})");
  const std::string german = Lines(kAll, "A1PA6795UKMFR9")[0];
  EXPECT_NE(german.find("Händler-SKU"), std::string::npos);
  const std::string english =
      Lines(kAll, "A1PA6795UKMFR9", R"(, "reportOptions": {"preferredReportDocumentLocale": "en_US"})")[0];
  EXPECT_NE(english.find("seller-sku"), std::string::npos);
  EXPECT_NE(Lines()[0].find("seller-sku"), std::string::npos) << "Britain";
}

TEST_F(ReportTest, Charset_IsWindowsUnlessSetAndLosesWhatItLacks) {
  AllowManyReports();
  Control("set-listing", R"({"sku": "A", "title": "Café “Ünïcode” €5 漢字 🦆\ttab"})");
  const std::string id = Created();
  amazon.clock().Advance(80 * kSecond);
  const Response windows = Fetched(id);
  EXPECT_EQ(*FindHeader(windows.headers, "content-type"), "text/plain;charset=Cp1252");
  EXPECT_NE(BodyOf(windows).find("Caf\xE9 \x93\xDCn\xEF"
                                 "code\x94 \x80"
                                 "5 ?? ? tab\t"),
            std::string::npos);
  Control("settings", R"({"reports": {"charset": "UTF-8", "declared_charset": ""}})");
  const auto lines = Lines();
  EXPECT_EQ(Row(lines, "A")["item-name"], "Café “Ünïcode” €5 漢字 🦆 tab");
}

TEST_F(ReportTest, Compression_GivesAGzipFileOfTheSameLines) {
  AllowManyReports();
  const auto lines = Lines();
  Control("settings", R"({"reports": {"compression": "gzip"}})");
  const std::string id = Created();
  amazon.clock().Advance(80 * kSecond);
  const auto document = Document(id);
  EXPECT_EQ(document.at("compressionAlgorithm"), "GZIP");
  const Response packed = Fetch(Text(document, "url"));
  EXPECT_EQ(*FindHeader(packed.headers, "content-encoding"), "identity");
  EXPECT_EQ(Unzipped(BodyOf(packed)), boost::algorithm::join(lines, "\n") + "\n");
  const Response decoding = Fetch(Text(Document(id, "?enableContentEncodingUrlHeader=true"), "url"));
  EXPECT_EQ(*FindHeader(decoding.headers, "content-encoding"), "gzip");
  EXPECT_EQ(BodyOf(decoding), BodyOf(packed));
}

TEST_F(ReportTest, OtherTypes_ShowTheirPart) {
  Control("set-listing", R"({"sku": "OUT", "quantity": 0})");
  EXPECT_EQ(Lines("GET_MERCHANT_LISTINGS_DATA").size(), 4U);
  EXPECT_EQ(Lines("GET_MERCHANT_LISTINGS_INACTIVE_DATA").size(), 2U);
  const auto open = Lines("GET_FLAT_FILE_OPEN_LISTINGS_DATA");
  EXPECT_EQ(open.size(), 3U);
  EXPECT_EQ(open[0], "sku\tasin\tprice\tquantity");
}

TEST_F(ReportTest, NothingToReport_IsCancelled) {
  Load(R"({"listings": []})");
  const std::string id = Created();
  amazon.clock().Advance(10 * kMinute);
  EXPECT_EQ(Status(id), "CANCELLED");
}

TEST_F(ReportTest, SameReportTooSoon_IsFatalOrAsSet) {
  const std::string first = Created();
  amazon.clock().Advance(80 * kSecond);
  ASSERT_EQ(Status(first), "DONE");
  const auto again = [&] {
    const std::string id = Created();
    amazon.clock().Advance(80 * kSecond);
    return Status(id);
  };
  EXPECT_EQ(again(), "FATAL");
  Control("settings", R"({"reports": {"too_soon": "CANCELLED"}})");
  EXPECT_EQ(again(), "CANCELLED");
  EXPECT_EQ(Status(Created(kAll, "A1PA6795UKMFR9")), "IN_QUEUE") << "elsewhere it is not the same";
  amazon.clock().Advance(30 * kMinute);
  EXPECT_EQ(again(), "DONE");
}

TEST_F(ReportTest, CachedReport_HasOldContents) {
  Control("settings", R"({"reports": {"min_interval_s": 0, "cache_s": 3600}})");
  const auto before = Lines();
  Control("change-quantity", R"({"sku": "A", "quantity": 77})");
  EXPECT_EQ(Lines(), before);
  LogIn();
  amazon.clock().Advance(58 * kMinute);
  EXPECT_EQ(Row(Lines(), "A")["quantity"], "77");
}

TEST_F(ReportTest, Cancel_WorksInTheQueueOnly) {
  const std::string id = Created();
  EXPECT_EQ(Delete("/reports/2021-06-30/reports/" + id).status, 200);
  EXPECT_EQ(Status(id), "CANCELLED");
  EXPECT_EQ(Delete("/reports/2021-06-30/reports/" + id).status, 400);
  const std::string running = Created();
  amazon.clock().Advance(21 * kSecond);
  EXPECT_EQ(Delete("/reports/2021-06-30/reports/" + running).status, 400);
  amazon.clock().Advance(60 * kSecond);
  EXPECT_EQ(Status(running), "DONE");
}

TEST_F(ReportTest, BadCreates_AreRefused) {
  EXPECT_EQ(Create("GET_NOTHING").status, 400);
  EXPECT_EQ(Create(kAll, "nowhere").status, 400);
  EXPECT_EQ(Create(kAll, "ATVPDKIKX0DER").status, 403) << "not this seller's";
  EXPECT_EQ(Post("/reports/2021-06-30/reports", R"({"marketplaceIds": ["A1F83G8C2ARO7P"]})").status, 400);
  EXPECT_EQ(Post("/reports/2021-06-30/reports", R"({"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA"})").status, 400);
  EXPECT_EQ(Create(kAll, kUk, R"(, "reportOptions": {"custom": true})").status, 400);
  EXPECT_EQ(Create(kAll, kUk, R"(, "dataStartTime": "2999-01-01T00:00:00Z")").status, 400);
  EXPECT_EQ(Get("/reports/2021-06-30/reports/12").status, 404);
  EXPECT_EQ(Get("/reports/2021-06-30/documents/amzn1.spdoc.none").status, 404);
}

TEST_F(ReportTest, Search_FiltersAndPages) {
  AllowManyReports();
  std::vector<std::string> ids;
  for (int i = 0; i < 7; ++i) {
    ids.insert(ids.begin(), Created(i % 2 == 0 ? kAll : "GET_MERCHANT_LISTINGS_DATA", i < 5 ? kUk : "A1PA6795UKMFR9"));
    amazon.clock().Advance(30 * kSecond);
  }
  const std::string both = std::string("reportTypes=") + kAll + ",GET_MERCHANT_LISTINGS_DATA";
  EXPECT_EQ(Found(both + "&pageSize=2"), ids);
  EXPECT_EQ(Found(std::string("reportTypes=") + kAll), (std::vector{ids[0], ids[2], ids[4], ids[6]}));
  EXPECT_EQ(Found(both + "&processingStatuses=IN_PROGRESS,IN_QUEUE"), (std::vector{ids[0], ids[1]}));
  EXPECT_EQ(Found(both + "&marketplaceIds=A1PA6795UKMFR9"), (std::vector{ids[0], ids[1]}));
  EXPECT_EQ(Found(both + "&createdSince=" + Iso8601(kStart + 150 * kSecond)), (std::vector{ids[0], ids[1]}));
  EXPECT_EQ(Found(both + "&createdUntil=" + Iso8601(kStart + 30 * kSecond)), (std::vector{ids[5], ids[6]}));
}

TEST_F(ReportTest, Search_ChecksItsParameters) {
  const auto status = [&](const std::string& parameters) {
    return Get("/reports/2021-06-30/reports?" + parameters).status;
  };
  const std::string type = std::string("reportTypes=") + kAll;
  EXPECT_EQ(status(""), 400) << "reportTypes or nextToken";
  EXPECT_EQ(status(type + "&pageSize=101"), 400);
  EXPECT_EQ(status(type + "&pageSize=0"), 400);
  EXPECT_EQ(status(type + "&processingStatuses=READY"), 400);
  EXPECT_EQ(status(type + "&createdSince=yesterday"), 400);
  EXPECT_EQ(status("nextToken=made-up"), 400);
  AllowManyReports();
  Created();
  Created();
  const auto page = GetJson("/reports/2021-06-30/reports?" + type + "&pageSize=1");
  const std::string next = "nextToken=" + PercentEncode(Text(page, "nextToken"));
  EXPECT_EQ(status(next), 200);
  EXPECT_EQ(status(next + "&pageSize=1"), 400) << "nextToken stands alone";
  EXPECT_EQ(status("nextToken=" + Text(page, "nextToken") + "x"), 400);
}

TEST_F(ReportTest, NewReportsWhilePaging_DoNotShiftThePages) {
  AllowManyReports();
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) ids.insert(ids.begin(), Created());
  const auto first = GetJson(std::string("/reports/2021-06-30/reports?pageSize=2&reportTypes=") + kAll);
  amazon.clock().Advance(kSecond);
  Created();
  const auto second = GetJson("/reports/2021-06-30/reports?nextToken=" + PercentEncode(Text(first, "nextToken")));
  EXPECT_EQ(Text(second.at("reports").at(0), "reportId"), ids[2]);
}

TEST_F(ReportTest, OldReports_AreForgottenWithTheirDocuments) {
  AllowManyReports();
  const std::string id = Created();
  amazon.clock().Advance(80 * kSecond);
  const std::string document = Text(Report(id), "reportDocumentId");
  amazon.clock().Advance(90 * kDay);
  LogIn();
  EXPECT_EQ(Get("/reports/2021-06-30/documents/" + document).status, 200);
  amazon.clock().Advance(2 * kMinute);
  Created();
  EXPECT_EQ(Get("/reports/2021-06-30/reports/" + id).status, 404);
  EXPECT_EQ(Get("/reports/2021-06-30/documents/" + document).status, 404);
}

TEST_F(ReportTest, TestAuthor_CanHoldHurryAndSpoilAReport) {
  AllowManyReports();
  const std::string hung = Created();
  Control("set-report", R"({"hang": true})");
  amazon.clock().Advance(kHour - kMinute);
  EXPECT_EQ(Status(hung), "IN_PROGRESS");
  Control("set-report", R"({"report_id": ")" + hung + R"(", "hang": false})");
  EXPECT_EQ(Status(hung), "DONE");
  LogIn();
  const std::string slow = Created();
  Control("set-report", R"({"delay_s": 100})");
  amazon.clock().Advance(100 * kSecond);
  EXPECT_EQ(Status(slow), "IN_QUEUE");
  Control("set-report", R"({"status": "DONE"})");
  EXPECT_EQ(Status(slow), "DONE");
  EXPECT_EQ(Fetched(slow).status, 200);
  const std::string lost = Created();
  Control("set-report", R"({"status": "FATAL"})");
  EXPECT_EQ(Status(lost), "FATAL");
  EXPECT_EQ(amazon.Handle({"POST", "/sim/v1/set-report", {}, R"({"status": "DONE"})"}).status, 400) << "none left";
}

TEST_F(ReportTest, Faults_DecideWhatBecomesOfAReport) {
  AllowManyReports();
  const auto ends_as = [&](const std::string& fault) {
    Control("faults", R"({"fault": ")" + fault + R"(", "operation": "createReport", "count": 1, "seconds": 500})");
    const std::string id = Created();
    amazon.clock().Advance(80 * kSecond);
    return Status(id);
  };
  EXPECT_EQ(ends_as("fatal-job"), "FATAL");
  EXPECT_EQ(ends_as("cancelled-job"), "CANCELLED");
  EXPECT_EQ(ends_as("hung-job"), "IN_PROGRESS");
  EXPECT_EQ(ends_as("slow-job"), "IN_PROGRESS");
  amazon.clock().Advance(500 * kSecond);
  const auto reports = GetJson(std::string("/reports/2021-06-30/reports?reportTypes=") + kAll).at("reports");
  EXPECT_EQ(reports.at(0).at("processingStatus"), "DONE") << "the slow one";
  EXPECT_EQ(reports.at(1).at("processingStatus"), "IN_PROGRESS") << "the hung one";
}

TEST_F(ReportTest, ControlList_TellsWhatWasReadHowOften) {
  const std::string id = Created();
  amazon.clock().Advance(80 * kSecond);
  Fetched(id);
  Fetch(Text(Document(id), "url"));
  const auto report = Look("reports?id=" + id).at("reports").at(0);
  EXPECT_EQ(report.at("rows"), 3);
  EXPECT_EQ(report.at("described"), 2);
  EXPECT_EQ(report.at("downloads"), 2);
  EXPECT_EQ(Look("documents").at("documents").at(0).at("use"), "report");
}

TEST_F(ReportTest, SameSeed_GivesTheSameBytes) {
  const auto play = [&] {
    amazon.clock().Reset(kStart);
    Load(R"({"seed": 9, "listings": [{"generate": {"count": 500, "fba_share": 0.2}}]})");
    const std::string id = Created();
    amazon.clock().Advance(10 * kMinute);
    const Response answer = Fetched(id);
    return BodyOf(answer) + Text(Document(id), "url");
  };
  EXPECT_EQ(play(), play());
}

}  // namespace
}  // namespace amazon_sim
