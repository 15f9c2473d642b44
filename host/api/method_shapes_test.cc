// What every method looks like, read from the descriptors, so that a new one cannot be made otherwise by accident.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/generic/generic_stub.h"
#include "host/api/paging.h"
#include "host/api/service_methods_for_tests.h"
#include "host/api/world_for_tests.h"
#include "quayside/v1/options.pb.h"

namespace quayside {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool BeginsWithOne(const std::string& name, std::initializer_list<const char*> verbs) {
  return std::any_of(verbs.begin(), verbs.end(), [&](const char* verb) { return name.rfind(verb, 0) == 0; });
}

bool Has(const Descriptor& message, const char* field, FieldDescriptor::CppType type) {
  const FieldDescriptor* found = message.FindFieldByName(field);
  return found != nullptr && found->cpp_type() == type;
}

// Its own, or the one of the resource it carries.
bool TakesAnEtag(const Descriptor& request) {
  if (Has(request, "etag", FieldDescriptor::CPPTYPE_STRING)) return true;
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor& field = *request.field(i);
    if (!field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
        Has(*field.message_type(), "etag", FieldDescriptor::CPPTYPE_STRING))
      return true;
  }
  return false;
}

TEST(MethodShapes, EveryChange_TakesARequestId_AndCanBeTried) {
  int changes = 0;
  for (const MethodDescriptor* method : AllMethods()) {
    // What changes nothing.
    if (BeginsWithOne(method->name(), {"Get", "List", "Watch", "Test", "Inspect", "Validate", "Explain", "SafeToStop",
                                       "Verify", "Export"}))
      continue;
    ++changes;
    const Descriptor& request = *method->input_type();
    EXPECT_TRUE(Has(request, "request_id", FieldDescriptor::CPPTYPE_STRING)) << method->full_name();
    EXPECT_TRUE(Has(request, "validate_only", FieldDescriptor::CPPTYPE_BOOL)) << method->full_name();
    if (BeginsWithOne(method->name(), {"Update"})) {
      EXPECT_TRUE(Has(request, "update_mask", FieldDescriptor::CPPTYPE_MESSAGE)) << method->full_name();
      EXPECT_TRUE(TakesAnEtag(request)) << method->full_name();
    }
  }
  EXPECT_GT(changes, 15);
}

TEST(MethodShapes, EveryList_HasPagesAFilter_AndSaysWhichOrdersItHas) {
  std::set<std::string> lists;
  for (const MethodDescriptor* method : AllMethods()) {
    if (!BeginsWithOne(method->name(), {"List"})) continue;
    lists.insert(method->name());
    const Descriptor& request = *method->input_type();
    EXPECT_TRUE(Has(request, "page_size", FieldDescriptor::CPPTYPE_INT32)) << method->full_name();
    EXPECT_TRUE(Has(request, "page_token", FieldDescriptor::CPPTYPE_STRING)) << method->full_name();
    EXPECT_TRUE(Has(*method->output_type(), "next_page_token", FieldDescriptor::CPPTYPE_STRING)) << method->full_name();
    EXPECT_TRUE(Has(request, "filter", FieldDescriptor::CPPTYPE_MESSAGE)) << method->full_name();
    const FieldDescriptor* order = request.FindFieldByName("order_by");
    ASSERT_NE(order, nullptr) << method->full_name();
    EXPECT_GE(order->options().ExtensionSize(api::orders), 1) << method->full_name();
  }
  EXPECT_GT(lists.size(), 25u);
}

// Something in its first field; times have a beginning.
void FillSomething(google::protobuf::Message& filter) {
  const auto* reflection = filter.GetReflection();
  for (int i = 0; i < filter.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = filter.GetDescriptor()->field(i);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) return reflection->SetString(&filter, field, "something");
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return reflection->SetBool(&filter, field, true);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return reflection->SetEnumValue(&filter, field, 1);
    const FieldDescriptor* start = field->message_type()->FindFieldByName("start_time");
    if (start == nullptr) continue;
    google::protobuf::Message* times = reflection->MutableMessage(&filter, field);
    times->GetReflection()->MutableMessage(times, start);
    return;
  }
  ADD_FAILURE() << filter.GetDescriptor()->full_name() << " has nothing to filter by";
}

TEST(MethodShapes, EveryListsTokens_AreOfItsFilter) {
  for (const MethodDescriptor* method : AllMethods()) {
    if (!BeginsWithOne(method->name(), {"List"})) continue;
    const std::unique_ptr<google::protobuf::Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->input_type())->New());
    const std::string token = MakePageToken(*request, "cursor");
    EXPECT_TRUE(ParsePage(*request, 0, token).ok()) << method->full_name();
    const FieldDescriptor* filter = method->input_type()->FindFieldByName("filter");
    ASSERT_NE(filter, nullptr) << method->full_name();
    FillSomething(*request->GetReflection()->MutableMessage(request.get(), filter));
    EXPECT_EQ(ReasonOf(ParsePage(*request, 0, token).status()), "INVALID_PAGE_TOKEN") << method->full_name();
    EXPECT_TRUE(ParsePage(*request, 0, MakePageToken(*request, "cursor")).ok()) << method->full_name();
  }
}

grpc::Status CallUnary(const std::shared_ptr<grpc::Channel>& channel, const MethodDescriptor& method,
                       const google::protobuf::Message& request) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice bytes(request.SerializeAsString());
  const auto call = stub.PrepareUnaryCall(&context, "/" + method.service()->full_name() + "/" + method.name(),
                                          grpc::ByteBuffer(&bytes, 1), &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
  return status;
}

// What a list needs to be asked at all. It need not be there: what is wrong without looking anything up is said first.
const std::map<std::string, std::string>& ListedBelow() {
  static const auto* parents = new std::map<std::string, std::string>{
      {"ListAllocations", "orders/1"},
      {"ListCentreStock", "locations/default"},
      {"ListChannelRevisions", "channels/amz-de"},
      {"ListDespatches", "orders/1"},
      {"ListDrifts", "channels/amz-de"},
      {"ListListings", "channels/amz-de"},
      {"ListOrderHistory", "orders/1"},
      {"ListPlanRows", "channels/amz-de/plans/0123456789ab"},
      {"ListPostSaleActions", "orders/1"},
      {"ListReservations", "items/1"},
      {"ListRuleChanges", "channels/amz-de"},
      {"ListRuleProblems", "channels/amz-de"},
      {"ListShippingMappings", "channels/amz-de"},
  };
  return *parents;
}

TEST(MethodShapes, EveryList_RefusesPagesThatAreNone_AndOrdersItHasNot) {
  ApiWorld world;
  int lists = 0;
  for (const MethodDescriptor* method : AllMethods()) {
    if (!BeginsWithOne(method->name(), {"List"})) continue;
    ++lists;
    const auto refused = [&](const char* field, const std::function<void(google::protobuf::Message&)>& spoil) {
      const std::unique_ptr<google::protobuf::Message> request(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->input_type())->New());
      const auto parent = ListedBelow().find(method->name());
      if (parent != ListedBelow().end()) {
        const FieldDescriptor* names = method->input_type()->FindFieldByName("parent");
        ASSERT_NE(names, nullptr) << method->full_name();
        request->GetReflection()->SetString(request.get(), names, parent->second);
      }
      spoil(*request);
      const grpc::Status status = CallUnary(world.connection, *method, *request);
      const Refusal refusal(status);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method->full_name() << " " << field;
      EXPECT_THAT(refusal.fields(), ElementsAre(field)) << method->full_name();
      const bool is_token = std::string_view(field) == "page_token";
      EXPECT_EQ(refusal.info.reason(), is_token ? "INVALID_PAGE_TOKEN" : "INVALID_ARGUMENT") << method->full_name();
    };
    const auto set_text = [&](const char* field, const std::string& text) {
      refused(field, [&](google::protobuf::Message& request) {
        request.GetReflection()->SetString(&request, method->input_type()->FindFieldByName(field), text);
      });
    };
    refused("page_size", [&](google::protobuf::Message& request) {
      request.GetReflection()->SetInt32(&request, method->input_type()->FindFieldByName("page_size"), -1);
    });
    set_text("page_token", "####");
    set_text("page_token", "bm9uc2Vuc2Ugb2YgYSB0b2tlbg");
    set_text("order_by", "nonsense desc");
  }
  EXPECT_GT(lists, 25);
}

TEST(OrderBy, TakesTheListsOwnOrder_AndRefusesOthersWithTheChoice) {
  ApiWorld world;
  for (const char* id : {"a", "b"}) world.MakeAccount(id);
  for (const char* order : {"", "name", "name asc", "  name  asc "}) {
    EXPECT_TRUE(world.Ask(&Accounts::ListAccounts, std::string("order_by: '") + order + "'").ok()) << order;
  }
  for (const char* order : {"name desc", "display_name", "name, name", ","}) {
    const auto refused = world.Ask(&Accounts::ListAccounts, std::string("order_by: '") + order + "'");
    EXPECT_EQ(refused.code(), grpc::StatusCode::INVALID_ARGUMENT) << order;
    EXPECT_THAT(refused.fields(), ElementsAre("order_by"));
  }
  EXPECT_TRUE(world.Ask(&Orders::ListOrders, "order_by: 'receive_time desc'").ok());
  EXPECT_TRUE(world.Ask(&Orders::ListOrders, "order_by: 'receive_time'").ok());
  EXPECT_FALSE(world.Ask(&Orders::ListOrders, "order_by: 'ship_by_time'").ok());
  EXPECT_TRUE(world.Ask(&Syncs::ListRateBudgets, "order_by: 'account,operation'").ok());
}

TEST(Pages, OfLocations_WalkEachOnce) {
  ApiWorld world;
  const int all = world.Ask(&Inventory::ListLocations, "")->locations_size();
  world.Write([](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(tx.PutLocation({.id = "shed"}));
    return tx.PutLocation({.id = "attic"});
  });
  std::vector<std::string> names;
  std::string token;
  do {
    const auto page = world.Ask(&Inventory::ListLocations, "page_size: 1 page_token: '" + token + "'");
    ASSERT_TRUE(page.ok()) << page;
    for (const auto& location : page->locations()) names.push_back(location.name());
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(names.size(), static_cast<size_t>(all) + 2);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
}

TEST(ValidateOnly, OfLanesChannelsAndSecrets_ChangesNothing) {
  ApiWorld world;
  world.MakeAccount();
  ASSERT_TRUE(world
                  .Ask(&Channels::CreateChannel,
                       "channel_id: 'uk' channel { account: 'accounts/amz' marketplace: 'A1PA6795UKMFR9' }")
                  .ok());
  world.engine.AddLane("amz.orders", "amz", "", Job::kOrders);
  const auto events = world.EventTexts();
  EXPECT_TRUE(world.Ask(&Channels::EnableChannel, "name: 'channels/uk' validate_only: true").ok());
  EXPECT_TRUE(world.Ask(&Channels::DisableChannel, "name: 'channels/uk' validate_only: true").ok());
  EXPECT_TRUE(world.Ask(&Syncs::StartSync, "lane: 'lanes/amz.orders' validate_only: true").ok());
  EXPECT_TRUE(world.Ask(&Syncs::PauseLane, "name: 'lanes/amz.orders' note: 'n' validate_only: true").ok());
  EXPECT_TRUE(world.Ask(&Syncs::ResumeLane, "name: 'lanes/amz.orders' validate_only: true").ok());
  EXPECT_TRUE(world
                  .Ask(&Accounts::SetAccountSecret,
                       "name: 'accounts/amz' secret: 'client_secret' value: 'x' validate_only: true")
                  .ok());
  EXPECT_EQ(world.EventTexts(), events);
  EXPECT_FALSE(world.Ask(&Channels::GetChannel, "name: 'channels/uk'")->channel().enabled());
  EXPECT_EQ(world.Ask(&Syncs::ListRuns, "")->runs_size(), 0);
  EXPECT_FALSE(world.Ask(&Accounts::GetAccount, "name: 'accounts/amz'")->account().secrets_set().at("client_secret"));
  EXPECT_EQ(world.engine.lanes_changed("amz.orders"), 0);
  // What cannot be done is refused all the same.
  EXPECT_EQ(world.Ask(&Syncs::StartSync, "lane: 'lanes/no.orders' validate_only: true").reason(), "LANE_NOT_FOUND");
}

}  // namespace
}  // namespace quayside
