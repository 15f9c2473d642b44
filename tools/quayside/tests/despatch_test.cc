// quayside orders despatch, despatches, retry; quayside channel shipping.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class DespatchCommands : public testing::Test {
 protected:
  DespatchCommands() {
    v1::Order& order = host.data.orders.emplace_back();
    order.set_name("orders/1");
    order.set_external_id("026-1");
    for (const char* sku : {"MUG", "LAMP", "LAMP"}) {
      v1::OrderLine& line = *order.add_lines();
      line.set_external_id("line-" + std::to_string(order.lines_size()));
      line.set_sku(sku);
    }
    v1::Despatch& despatch = host.data.despatches.emplace_back();
    despatch.set_name("orders/1/despatches/1");
    despatch.set_number(1);
    despatch.set_state(v1::DESPATCH_STATE_WAITING);
    despatch.add_lines()->set_line("line-1");
    despatch.mutable_lines(0)->set_quantity(2);
    despatch.set_carrier_name("Royal Mail");
    despatch.set_service_name("Tracked 48");
    despatch.set_tracked(true);
  }

  CliWorld world;
  FakeHost host{world.socket()};
};

TEST_F(DespatchCommands, Despatch_SendsAPackage_AndSaysWhatFollows) {
  const CliResult result =
      world.Run({"orders", "despatch", "026-1", "--line", "MUG=2", "--line", "line-3=1", "--method", "tracked-48",
                 "--tracking", "T1", "--shipped", "2024-11-23T09:00:00Z"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("despatched package 1 of order 1: 2 x MUG by Royal Mail, Tracked 48\n"));
  EXPECT_THAT(result.out, HasSubstr("the marketplace is told\n"));
  EXPECT_THAT(result.out, HasSubstr("order 1 is partly despatched"));
  const auto requests = host.ledger.All<v1::DespatchOrderRequest>();
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].name(), "orders/1");
  EXPECT_FALSE(requests[0].request_id().empty());
  const v1::DespatchPackage& package = requests[0].packages(0);
  ASSERT_EQ(package.lines_size(), 2);
  EXPECT_EQ(package.lines(0).line(), "line-1");
  EXPECT_EQ(package.lines(0).quantity(), 2);
  EXPECT_EQ(package.lines(1).line(), "line-3");
  EXPECT_EQ(package.postal_method(), "postalMethods/tracked-48");
  EXPECT_EQ(package.tracking_number(), "T1");
  EXPECT_EQ(package.ship_time().seconds(), 1732352400);
}

TEST_F(DespatchCommands, Despatch_SaysWhyNobodyIsTold) {
  host.data.despatches[0].set_state(v1::DESPATCH_STATE_NOT_REQUIRED);
  host.data.despatches[0].set_reason("MARK_AS_DESPATCHED_OFF");
  host.data.despatches[0].set_message("mark_as_despatched of channel uk is off");
  const CliResult result = world.Run({"orders", "despatch", "1", "--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("would despatch package 1"));
  EXPECT_THAT(result.out, HasSubstr("not required: mark_as_despatched of channel uk is off [MARK_AS_DESPATCHED_OFF]"));
  EXPECT_TRUE(host.ledger.All<v1::DespatchOrderRequest>()[0].validate_only());
}

TEST_F(DespatchCommands, Despatch_AWrongLine_IsAMistake_AndNothingIsSent) {
  for (const char* line : {"MUG", "MUG=", "MUG=0", "MUG=x", "OTHER=1", "LAMP=1"}) {
    const CliResult result = world.Run({"orders", "despatch", "1", "--line", line});
    EXPECT_EQ(result.exit_code, 2) << line;
  }
  EXPECT_THAT(world.Run({"orders", "despatch", "1", "--line", "LAMP=1"}).err, HasSubstr("line-2, line-3"));
  EXPECT_EQ(world.Run({"orders", "despatch", "1", "--shipped", "yesterday"}).exit_code, 2);
  EXPECT_THAT(host.ledger.All<v1::DespatchOrderRequest>(), SizeIs(0));
}

TEST_F(DespatchCommands, Despatches_ShowStateHistory_AndTheCommandThatRetries) {
  v1::Despatch& despatch = host.data.despatches[0];
  despatch.set_state(v1::DESPATCH_STATE_FAILED);
  despatch.set_reason("QUANTITY_TOO_LARGE");
  despatch.set_message("too much");
  despatch.set_tracking_number("T1");
  v1::DespatchNote& note = *despatch.add_notes();
  note.set_state(v1::DESPATCH_STATE_WAITING);
  note.mutable_time()->set_seconds(1732355000);
  const CliResult result = world.Run({"orders", "despatches", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("failed"));
  EXPECT_THAT(result.out, HasSubstr("2 x MUG"));
  EXPECT_THAT(result.out, HasSubstr("T1"));
  EXPECT_THAT(result.out, HasSubstr("too much [QUANTITY_TOO_LARGE]"));
  EXPECT_THAT(result.out, HasSubstr("waiting"));
  EXPECT_THAT(result.out, HasSubstr("quayside orders retry 1 1"));
  EXPECT_THAT(world.Run({"--json", "orders", "despatches", "1"}).out, HasSubstr("\"DESPATCH_STATE_FAILED\""));
  host.data.despatches.clear();
  EXPECT_THAT(world.Run({"orders", "despatches", "1"}).out, HasSubstr("quayside orders despatch 1"));
}

TEST_F(DespatchCommands, Despatches_WithoutAnOrder_AreThoseThatFailed) {
  host.data.despatches[0].set_state(v1::DESPATCH_STATE_FAILED);
  const CliResult result = world.Run({"orders", "despatches"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("ORDER  PACKAGE  STATE"));
  EXPECT_EQ(world.Run({"orders", "despatches", "--state", "shipped-otherwise"}).exit_code, 0);
  const auto requests = host.ledger.All<v1::ListDespatchesRequest>();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].parent(), "orders/-");
  EXPECT_EQ(requests[0].state(), v1::DESPATCH_STATE_FAILED);
  EXPECT_EQ(requests[1].state(), v1::DESPATCH_STATE_SHIPPED_OTHERWISE);
  EXPECT_EQ(world.Run({"orders", "despatches", "1", "--state", "failed"}).exit_code, 2);
  EXPECT_EQ(world.Run({"orders", "despatches", "--state", "odd"}).exit_code, 2);
}

TEST_F(DespatchCommands, Retry_NamesThePackage) {
  const CliResult result = world.Run({"orders", "retry", "026-1", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "the marketplace is told again of package 1 of order 1\n");
  EXPECT_EQ(host.ledger.All<v1::RetryDespatchRequest>()[0].name(), "orders/1/despatches/1");
}

TEST_F(DespatchCommands, RetryAll_GoesThroughEveryPiece_AndSaysWhatWasRefused) {
  v1::RetryDespatchesResponse& first = host.data.retried_pieces.emplace_back();
  first.add_retried("orders/3/despatches/1");
  first.set_next_page_token("more");
  v1::RetryDespatchesResponse second;
  second.add_retried("orders/2/despatches/1");
  v1::RefusedRetry& refused = *second.add_refused();
  refused.set_name("orders/1/despatches/1");
  refused.set_reason("CARRIER_MISSING");
  refused.set_message("nobody knows who carries the package");
  host.data.retried_pieces.push_back(second);
  const CliResult result = world.Run({"orders", "retry", "--all", "--channel", "uk"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "the marketplace is told again of 2 packages\n"
            "not of orders/1/despatches/1: nobody knows who carries the package [CARRIER_MISSING]\n");
  const auto requests = host.ledger.All<v1::RetryDespatchesRequest>();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].filter().state(), v1::DESPATCH_STATE_FAILED);
  EXPECT_EQ(requests[0].filter().channel(), "channels/uk");
  EXPECT_EQ(requests[1].page_token(), "more");
  EXPECT_NE(requests[0].request_id(), requests[1].request_id()) << "each piece is a change of its own";
}

TEST_F(DespatchCommands, Retry_WithoutSayingWhat_IsAMistake) {
  EXPECT_EQ(world.Run({"orders", "retry"}).exit_code, 2);
  EXPECT_EQ(world.Run({"orders", "retry", "1"}).exit_code, 2);
  EXPECT_EQ(world.Run({"orders", "retry", "1", "1", "--all"}).exit_code, 2);
  EXPECT_EQ(world.Run({"orders", "retry", "1", "1", "--channel", "uk"}).exit_code, 2);
  EXPECT_EQ(world.Run({"orders", "retry", "--all", "--state", "unknown"}).exit_code, 2);
  EXPECT_THAT(host.ledger.All<v1::RetryDespatchesRequest>(), SizeIs(0));
  EXPECT_THAT(host.ledger.All<v1::RetryDespatchRequest>(), SizeIs(0));
}

TEST_F(DespatchCommands, Despatches_ShowWhatOthersConfirmedInstead) {
  host.data.despatches[0].set_state(v1::DESPATCH_STATE_SHIPPED_OTHERWISE);
  v1::OtherPackage& theirs = *host.data.despatches[0].add_other_packages();
  theirs.set_number("1");
  theirs.set_carrier("Hermes");
  theirs.set_tracking_number("THEIRS-1");
  v1::PackageLine& line = *theirs.add_lines();
  line.set_line("line-1");
  line.set_quantity(2);
  const CliResult result = world.Run({"orders", "despatches", "1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("INSTEAD OF"));
  EXPECT_THAT(result.out, HasSubstr("2 x MUG"));
  EXPECT_THAT(result.out, HasSubstr("Hermes"));
  EXPECT_THAT(result.out, HasSubstr("THEIRS-1"));
}

class ShippingCommands : public DespatchCommands {};

TEST_F(ShippingCommands, Shows_WhatIsMapped_AndWhatIsNot) {
  v1::ShippingMapping& mapped = host.data.shipping_mappings.emplace_back();
  mapped.set_tag("STANDARD");
  mapped.set_tag_name("Standard");
  mapped.set_postal_method("postalMethods/tracked-48");
  host.data.shipping_mappings.emplace_back().set_tag("PRIME");
  const CliResult result = world.Run({"channel", "shipping", "uk"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("STANDARD  Standard  any          tracked-48"));
  EXPECT_THAT(result.out, HasSubstr("default (not mapped)"));
  EXPECT_EQ(world.Run({"channel", "shipping"}).exit_code, 2);
}

TEST_F(ShippingCommands, Map_AndUnmap) {
  EXPECT_THAT(world.Run({"channel", "shipping", "map", "uk", "STANDARD", "tracked-48", "--site", "M1"}).out,
              HasSubstr("mapped STANDARD at M1 of channels/uk to tracked-48"));
  EXPECT_THAT(world.Run({"channel", "shipping", "unmap", "uk", "STANDARD"}).out,
              HasSubstr("unmapped STANDARD of channels/uk"));
  const auto requests = host.ledger.All<v1::SetShippingMappingRequest>();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].postal_method(), "postalMethods/tracked-48");
  EXPECT_EQ(requests[0].site(), "M1");
  EXPECT_EQ(requests[1].postal_method(), "");
}

TEST_F(ShippingCommands, Method_IsAdded_OrChanged_WithoutLosingWhatSomebodyElseSaid) {
  const std::vector<std::string> add = {"channel",    "shipping", "method",  "tracked-48", "--vendor",
                                        "Royal Mail", "--name",   "Tracked", "--code",     "plugins/amazon=RM"};
  EXPECT_THAT(world.Run(add).out, HasSubstr("added postal method tracked-48 (Royal Mail, Tracked)"));
  const auto created = host.ledger.All<v1::CreatePostalMethodRequest>();
  ASSERT_THAT(created, SizeIs(1));
  EXPECT_EQ(created[0].postal_method_id(), "tracked-48");
  EXPECT_EQ(created[0].postal_method().carrier_codes().at("plugins/amazon"), "RM");

  v1::PostalMethod& present = host.data.postal_methods.emplace_back();
  present.set_name("postalMethods/tracked-48");
  present.set_vendor("Royal Mail");
  present.set_etag("7");
  (*present.mutable_carrier_codes())["plugins/amazon"] = "RM";
  EXPECT_EQ(world.Run({"channel", "shipping", "method", "tracked-48", "--code", "plugins/amazon="}).exit_code, 0);
  const auto updated = host.ledger.All<v1::UpdatePostalMethodRequest>();
  ASSERT_THAT(updated, SizeIs(1));
  EXPECT_EQ(updated[0].postal_method().etag(), "7");
  EXPECT_EQ(updated[0].postal_method().vendor(), "Royal Mail");
  EXPECT_EQ(updated[0].postal_method().carrier_codes_size(), 0);
  EXPECT_THAT(world.Run({"channel", "shipping", "methods"}).out, HasSubstr("tracked-48"));
  EXPECT_THAT(world.Run({"channel", "shipping", "delete-method", "tracked-48", "--dry-run"}).out,
              HasSubstr("would delete postal method tracked-48"));
  EXPECT_EQ(world.Run({"channel", "shipping", "method", "tracked-48", "--code", "nonsense"}).exit_code, 2);
}

}  // namespace
}  // namespace quayside::cli
