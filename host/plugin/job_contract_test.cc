#include "host/plugin/job_contract.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

void AddContract(pb::Manifest& manifest, const char* id, std::initializer_list<const char*> methods) {
  pb::Contract* contract = manifest.add_contracts();
  contract->set_id(id);
  for (const char* method : methods) contract->add_methods(method);
}

TEST(OffersJobTest, AListOfOrders_CountsOnlyWhenSingleOnesCanBeAskedFor) {
  pb::Manifest manifest;
  EXPECT_FALSE(OffersJob(manifest, Job::kOrders));
  AddContract(manifest, "order_sync/1", {"pull", "enumerate"});
  EXPECT_TRUE(OffersJob(manifest, Job::kOrders));
  EXPECT_FALSE(OffersJob(manifest, Job::kCompleteness));
  manifest.mutable_contracts(0)->add_methods("get");
  EXPECT_TRUE(OffersJob(manifest, Job::kCompleteness));
}

TEST(OffersJobTest, QuantitiesAreComparedWhereListingsAreRead) {
  pb::Manifest manifest;
  AddContract(manifest, "inventory_push/1", {"push"});
  EXPECT_TRUE(OffersJob(manifest, Job::kInventory));
  EXPECT_FALSE(OffersJob(manifest, Job::kReconcile));
  AddContract(manifest, "listing_sync/1", {"pull"});
  EXPECT_TRUE(OffersJob(manifest, Job::kReconcile));
  EXPECT_TRUE(OffersMethod(manifest, "inventory_push/1", "push"));
  EXPECT_FALSE(OffersMethod(manifest, "inventory_push/1", "read_back"));
  EXPECT_FALSE(OffersMethod(manifest, "despatch/1", "confirm"));
}

}  // namespace
}  // namespace quayside
