// Passes and documents, as an operator reads them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

template <class M>
M FromText(const std::string& text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class ListingsTest : public testing::Test {
 protected:
  CliResult Run(const std::vector<std::string>& arguments, int exit_code = 0) {
    CliResult result = world_.Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return result;
  }

  CliWorld world_;
  FakeHost host_{world_.socket()};
};

// Now is 2024-11-23 10:00:00Z = 1732356000.
TEST_F(ListingsTest, Refresh_SaysWhenTheMarketplaceAllowsIt) {
  host_.data.pass = FromText<v1::RequestPassResponse>(R"pb(
    lane {
      name: "lanes/main.uk.listings"
      pass {
        id: "p"
        begin_time { seconds: 1732350000 }
      }
      next_pass_time { seconds: 1732359600 }
    })pb");
  const std::string out = Run({"listings", "refresh", "uk"}).out;
  EXPECT_THAT(out, HasSubstr("all listings of channels/uk will be read anew after the pass that is under way"));
  EXPECT_THAT(out, HasSubstr("in 1 h"));
  EXPECT_THAT(out, HasSubstr("quayside sync status --channel uk"));
  EXPECT_EQ(host_.ledger.All<v1::RequestPassRequest>().front().parent(), "channels/uk");
}

TEST_F(ListingsTest, Refresh_ThatIsAllowedNow_SaysNothingOfRations) {
  host_.data.pass = FromText<v1::RequestPassResponse>(R"pb(lane { name: "lanes/main.uk.listings" })pb");
  EXPECT_THAT(Run({"listings", "refresh", "uk"}).out, Not(HasSubstr("allows")));
}

TEST_F(ListingsTest, LinkBySku_GoesOnUntilTheChannelIsDone_AndAddsUp) {
  host_.data.linked_parts = {
      FromText<v1::LinkListingsBySkuResponse>("linked: 10 still_unlinked: 2 next_page_token: 'more'"),
      FromText<v1::LinkListingsBySkuResponse>("linked: 5 items_created: 1 order_lines_linked: 3")};
  EXPECT_THAT(Run({"listings", "link", "uk", "--by-sku"}).out,
              HasSubstr("linked 15 listings, created 1 item, 3 waiting order lines linked, 2 still unlinked"));
  const auto asked = host_.ledger.All<v1::LinkListingsBySkuRequest>();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].page_token(), "");
  EXPECT_EQ(asked[1].page_token(), "more");
  EXPECT_NE(asked[0].request_id(), asked[1].request_id());
}

TEST_F(ListingsTest, LinkBySku_ThatIsCutOff_SaysThatItGoesOn) {
  host_.data.linked_parts = {FromText<v1::LinkListingsBySkuResponse>("linked: 10 next_page_token: 'more'")};
  host_.ledger.FailNext(grpc::Status::OK);
  host_.ledger.FailNext(grpc::Status(grpc::INTERNAL, "broken"));
  const CliResult result = world_.Run({"listings", "link", "uk", "--by-sku"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("10 are linked; the same command goes on with the rest"));
}

TEST_F(ListingsTest, Status_TellsAPassUnderWay_AWish_AndNothingOfWhatIsOver) {
  host_.data.lanes = {FromText<v1::Lane>(R"pb(
                        name: "lanes/main.uk.listings"
                        progress: "reading report 7"
                        pass { id: "p" done: 12000 total: 40000 })pb"),
                      FromText<v1::Lane>(R"pb(
                        name: "lanes/main.de.listings"
                        pass {
                          id: "p"
                          complete_time { seconds: 1 }
                          done: 9
                        }
                        next_pass_time { seconds: 1732359600 }
                        want_pass_time { seconds: 1732350000 })pb"),
                      FromText<v1::Lane>(R"pb(
                        name: "lanes/main.fr.listings"
                        progress: "marking"
                        pass {
                          id: "p"
                          complete_time { seconds: 1 }
                          vanishing: true
                          vanished: 4
                        })pb"),
                      FromText<v1::Lane>(R"pb(
                        name: "lanes/main.it.listings"
                        pass {
                          id: "p"
                          complete_time { seconds: 1 }
                          end_time { seconds: 1 }
                          done: 9
                        })pb"),
                      FromText<v1::Lane>(R"pb(
                        name: "lanes/main.es.listings"
                        pass {
                          id: "p"
                          end_time { seconds: 1 }
                          done: 9
                        })pb")};
  const std::string out = Run({"sync", "status"}).out;
  EXPECT_THAT(out, HasSubstr("main.uk.listings: pass 12000 of 40000; reading report 7"));
  EXPECT_THAT(out, HasSubstr("main.de.listings: a new pass is wanted, allowed in 1 h (11:00:00Z)"));
  EXPECT_THAT(out, HasSubstr("main.fr.listings: pass complete, 4 gone so far"));
  EXPECT_THAT(out, Not(HasSubstr("main.it.listings:")));
  EXPECT_THAT(out, HasSubstr("main.es.listings: the last pass could not read everything"));
}

TEST_F(ListingsTest, Documents_AreATableWithTheirAge) {
  EXPECT_THAT(Run({"sync", "documents"}).out, HasSubstr("No quantities were handed over in a document yet"));
  host_.data.documents = {FromText<v1::Document>(R"pb(
                            name: "documents/8"
                            account: "accounts/main"
                            state: DOCUMENT_STATE_IN_WORK
                            handle: "feed-8"
                            quantities: 25000
                            create_time { seconds: 1732355000 }
                            send_time { seconds: 1732355100 }
                            progress: "IN_QUEUE")pb"),
                          FromText<v1::Document>(R"pb(
                            name: "documents/7"
                            account: "accounts/main"
                            state: DOCUMENT_STATE_DONE
                            handle: "feed-7"
                            quantities: 100
                            accepted: 95
                            rejected: 3
                            unknown: 2
                            send_time { seconds: 1732340000 }
                            end_time { seconds: 1732340600 }
                            read_back: 10
                            mismatches: 1)pb")};
  const std::string out = Run({"sync", "documents", "main"}).out;
  EXPECT_THAT(out, HasSubstr("in work"));
  EXPECT_THAT(out, HasSubstr("feed-8"));
  EXPECT_THAT(out, HasSubstr("15 min"));
  EXPECT_THAT(out, HasSubstr("10 min"));
  EXPECT_THAT(out, HasSubstr("1 of 10 differ"));
  EXPECT_EQ(host_.ledger.All<v1::ListDocumentsRequest>().back().account(), "accounts/main");
}

}  // namespace
}  // namespace quayside::cli
