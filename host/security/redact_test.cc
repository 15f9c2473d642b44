#include "host/security/redact.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "quayside/plugin/v1/inventory_push.pb.h"
#include "quayside/plugin/v1/listing_sync.pb.h"
#include "quayside/plugin/v1/options.pb.h"
#include "quayside/plugin/v1/order_sync.pb.h"
#include "quayside/plugin/v1/plugin.pb.h"
#include "quayside/plugin/v1/services.pb.h"
#include "quayside/plugin/v1/types.pb.h"

namespace quayside {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using plugin::v1::Order;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Order SampleOrder() {
  Order order;
  order.set_external_id("123-4567");
  order.set_status(plugin::v1::ORDER_STATUS_OPEN);
  order.set_created_us(5);
  order.mutable_buyer()->set_name("Jane Doe");
  order.mutable_buyer()->set_email("jane@example.com");
  order.mutable_buyer()->set_purchase_order_number("PO-1");
  order.mutable_ship_to()->add_lines("1 High Street");
  order.mutable_ship_to()->add_lines("Flat 2");
  order.mutable_ship_to()->set_city("Leeds");
  order.mutable_ship_to()->set_postal_code("LS1 1AA");
  order.mutable_total()->set_currency_code("GBP");
  plugin::v1::OrderLine* line = order.add_lines();
  line->set_sku("MUG \"red\"");
  line->set_gift_message("Happy birthday, Ann");
  order.add_lines()->set_sku("CUP");
  order.add_packages()->set_tracking_number("JD0002");
  order.add_programs("PRIME");
  return order;
}

TEST(Redact, Text_ShowsTheOrderAndHidesThePerson) {
  EXPECT_EQ(RedactedText(SampleOrder()),
            "external_id: \"123-4567\" status: ORDER_STATUS_OPEN created_us: 5 programs: \"PRIME\" "
            "buyer { name: *** email: *** purchase_order_number: \"PO-1\" } "
            "ship_to { lines: *** city: \"Leeds\" postal_code: *** } total { currency_code: \"GBP\" } "
            "lines { sku: \"MUG \\\"red\\\"\" gift_message: *** } lines { sku: \"CUP\" } "
            "packages { tracking_number: *** }");
}

TEST(Redact, Text_EqualsTheDebugString_WhenNothingIsSensitive) {
  Order order;
  order.set_external_id("line\nbreak \xC3\xBC");
  order.set_created_us(-7);
  order.add_replaces("a");
  order.add_replaces("b");
  order.mutable_total();
  EXPECT_EQ(RedactedText(order), order.ShortDebugString());
  EXPECT_EQ(RedactedText(Order()), "");
}

TEST(Redact, Text_HidesSecretsAndBodies) {
  plugin::v1::SecretValue secret;
  secret.set_value("hunter2");
  EXPECT_EQ(RedactedText(secret), "value: ***");
  plugin::v1::HttpReply reply;
  reply.set_status(200);
  reply.set_body("Jane");
  EXPECT_EQ(RedactedText(reply), "status: 200 body: ***");
}

// A record that could not be read, and what goes over the wire, may hold anything.
TEST(Redact, BytesThatNobodyRead_AreHiddenAndErased) {
  plugin::v1::PullOrdersReply page;
  page.add_bad_records()->set_key("orders[3]");
  page.mutable_bad_records(0)->set_raw("{\"buyer\": \"Jane\"");
  page.mutable_bad_records(0)->set_reason("no JSON");
  EXPECT_EQ(RedactedText(page), "bad_records { key: \"orders[3]\" raw: *** reason: \"no JSON\" }");
  ClearPersonal(page);
  EXPECT_EQ(page.bad_records(0).raw(), "");
  EXPECT_EQ(page.bad_records(0).reason(), "no JSON");
  plugin::v1::HttpRequest request;
  request.set_path("/orders");
  request.set_body("ship to Jane");
  EXPECT_EQ(RedactedText(request), "path: \"/orders\" body: ***");
  plugin::v1::SentDocument sent;
  sent.set_body("Jane");
  EXPECT_EQ(RedactedText(sent), "body: ***");
}

TEST(Redact, Text_SortsMapEntries) {
  plugin::v1::InstanceConfig config;
  for (const char* name : {"c", "a", "b"}) (*config.mutable_options())[name] = "v";
  EXPECT_EQ(
      RedactedText(config),
      "options { key: \"a\" value: \"v\" } options { key: \"b\" value: \"v\" } options { key: \"c\" value: \"v\" }");
}

TEST(Redact, SensitiveValues_AreAllTextsThatMustNotLeave) {
  EXPECT_THAT(SensitiveValues(SampleOrder()),
              testing::UnorderedElementsAre("Jane Doe", "jane@example.com", "1 High Street", "Flat 2", "LS1 1AA",
                                            "Happy birthday, Ann", "JD0002"));
  EXPECT_THAT(SensitiveValues(Order()), IsEmpty());
  plugin::v1::SecretValue secret;
  secret.set_value("hunter2");
  EXPECT_THAT(SensitiveValues(secret), testing::ElementsAre("hunter2"));
}

TEST(Redact, ClearPersonal_ErasesThePersonAndKeepsTheOrder) {
  Order order = SampleOrder();
  EXPECT_TRUE(HasPersonal(order));
  ClearPersonal(order);
  EXPECT_FALSE(HasPersonal(order));
  EXPECT_THAT(SensitiveValues(order), IsEmpty());
  for (const std::string& value : SensitiveValues(SampleOrder())) {
    EXPECT_THAT(order.SerializeAsString(), Not(HasSubstr(value)));
  }
  EXPECT_EQ(order.external_id(), "123-4567");
  EXPECT_EQ(order.ship_to().city(), "Leeds");
  EXPECT_EQ(order.buyer().purchase_order_number(), "PO-1");
  EXPECT_EQ(order.lines_size(), 2);
  EXPECT_EQ(order.packages_size(), 1);
}

TEST(Redact, ClearPersonal_LeavesSecretsToTheirOwnCalls) {
  plugin::v1::SecretValue secret;
  secret.set_value("hunter2");
  EXPECT_FALSE(HasPersonal(secret));
  ClearPersonal(secret);
  EXPECT_EQ(secret.value(), "hunter2");
}

TEST(Redact, ClearPersonal_ErasesInsideAPage) {
  plugin::v1::PullOrdersReply page;
  *page.add_orders() = SampleOrder();
  *page.add_orders() = SampleOrder();
  ClearPersonal(page);
  EXPECT_FALSE(HasPersonal(page));
  EXPECT_EQ(page.orders_size(), 2);
}

TEST(Redact, FieldsOfANewerPlugin_CountAsPersonal) {
  Order order;
  order.set_external_id("1");
  order.mutable_buyer()
      ->GetReflection()
      ->MutableUnknownFields(order.mutable_buyer())
      ->AddLengthDelimited(900, "Jane Doe");
  EXPECT_TRUE(HasPersonal(order));
  EXPECT_THAT(RedactedText(order), Not(HasSubstr("Jane")));
  ClearPersonal(order);
  EXPECT_FALSE(HasPersonal(order));
  EXPECT_THAT(order.SerializeAsString(), Not(HasSubstr("Jane")));
}

// Puts `text` into every text field of the message and one element into every list, to any depth.
void FillEverything(Message& message, const std::string& text, int depth) {
  const Reflection& reflection = *message.GetReflection();
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count() && depth > 0; ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      FillEverything(
          field->is_repeated() ? *reflection.AddMessage(&message, field) : *reflection.MutableMessage(&message, field),
          text, depth - 1);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      const bool marked = field->options().GetExtension(plugin::v1::sensitivity) != plugin::v1::SENSITIVITY_UNSPECIFIED;
      const std::string value = marked ? text : "plain";
      field->is_repeated() ? reflection.AddString(&message, field, value)
                           : reflection.SetString(&message, field, value);
    }
  }
}

// Whatever is added to the protos later and marked there is hidden and erased without a change here.
TEST(Redact, EveryMarkedField_OfEveryMessage_IsHiddenAndErased) {
  constexpr char kMark[] = "MUST-NOT-LEAVE";
  int messages = 0;
  for (const Descriptor* of_file :
       {Order::descriptor(), plugin::v1::PullListingsRequest::descriptor(), plugin::v1::PushRequest::descriptor(),
        plugin::v1::Manifest::descriptor(), plugin::v1::HttpReply::descriptor(), plugin::v1::BadRecord::descriptor()}) {
    for (int i = 0; i < of_file->file()->message_type_count(); ++i) {
      const Message* prototype =
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(of_file->file()->message_type(i));
      const std::unique_ptr<Message> message(prototype->New());
      FillEverything(*message, kMark, 5);
      EXPECT_THAT(RedactedText(*message), Not(HasSubstr(kMark)));
      ClearPersonal(*message);
      EXPECT_FALSE(HasPersonal(*message));
      ++messages;
    }
  }
  EXPECT_GT(messages, 30);
}

TEST(PersonalFieldsTest, NamesEachWithItsPlace_InTheOrderOfTheSchema) {
  std::vector<std::string> fields;
  for (const PersonalField& field : PersonalFields(SampleOrder())) fields.push_back(field.path + " = " + field.value);
  EXPECT_THAT(fields, testing::IsSupersetOf({"buyer.name = Jane Doe", "buyer.email = jane@example.com",
                                             "ship_to.lines[0] = 1 High Street", "ship_to.lines[1] = Flat 2",
                                             "lines[0].gift_message = Happy birthday, Ann"}));
  for (const std::string& field : fields) EXPECT_THAT(field, Not(HasSubstr("PO-1")));
  Order erased = SampleOrder();
  ClearPersonal(erased);
  EXPECT_THAT(PersonalFields(erased), IsEmpty());
}

}  // namespace
}  // namespace quayside
