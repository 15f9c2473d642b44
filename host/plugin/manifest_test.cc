#include "host/plugin/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/text.h"
#include "host/plugin/errors_for_tests.h"

namespace quayside {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

using Options = std::map<std::string, std::string>;

constexpr std::string_view kContracts = R"([{"id": "order_sync/1", "scope": "account", "methods": ["pull"]}])";

// A manifest that is fine, with more members.
std::string With(std::string_view members) {
  return Concat(R"({"schema": 1, "id": "shop", "version": "1.2.3", "contracts": )", kContracts,
                members.empty() ? "" : ", ", members, "}");
}

std::string WithSchema(std::string_view schema) { return With(Concat(R"("config_schema": )", schema)); }

std::string WithProperty(std::string_view property) {
  return WithSchema(Concat(R"({"type": "object", "properties": {"it": )", property, "}}"));
}

std::string WithContract(std::string_view contract) {
  return Concat(R"({"schema": 1, "id": "shop", "version": "1.2.3", "contracts": [)", contract, "]}");
}

void ExpectManifestRefused(std::string_view json, const std::string& finding) {
  const auto manifest = ParseManifest(json);
  ASSERT_FALSE(manifest.ok()) << json;
  SCOPED_TRACE(json);
  ExpectError(manifest.status(), absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid,
              AllOf(HasSubstr("manifest.json"), HasSubstr(finding)));
}

TEST(ManifestTest, TheSmallest_IsTaken) {
  const auto manifest = ParseManifest(With(""));
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->id(), "shop");
  EXPECT_EQ(manifest->version(), "1.2.3");
  ASSERT_NE(FindContract(*manifest, "order_sync/1"), nullptr);
  EXPECT_EQ(FindContract(*manifest, "order_sync/2"), nullptr);
}

TEST(ManifestTest, NoJsonObject_IsRefused) {
  for (const char* text : {"", "{", "[]", "null", "\"text\"", "{\"schema\": 1,}", "\xff\xfe"}) {
    ExpectManifestRefused(text, "is no JSON object");
  }
}

TEST(ManifestTest, DeepNesting_IsRefused_NotFollowed) {
  ExpectManifestRefused(std::string(100'000, '['), "is no JSON object");
}

TEST(ManifestTest, UnknownKeys_AreMistakes) {
  ExpectManifestRefused(With(R"("licence": "Apache-2.0")"), "licence");
  ExpectManifestRefused(WithContract(R"({"id": "order_sync/1", "scope": "account", "method": ["pull"]})"), "method");
}

TEST(ManifestTest, WrongTypes_AreRefused) {
  ExpectManifestRefused(With(R"("name": {"en": "Shop"})"), "name");
  ExpectManifestRefused(With(R"("origins": "https://shop.example")"), "origins");
  ExpectManifestRefused(With(R"("config_schema": [1])"), "config_schema");
  ExpectManifestRefused(WithContract(R"({"id": "order_sync/1", "scope": "account", "max_items": "many"})"),
                        "max_items");
}

TEST(ManifestTest, AnotherLayout_IsRefused) {
  ExpectManifestRefused(R"({"schema": 2, "id": "shop", "version": "1.2.3", "contracts": []})", "schema: must be 1");
  ExpectManifestRefused(R"({"id": "shop", "version": "1.2.3", "contracts": []})", "schema: must be 1");
}

TEST(ManifestTest, EveryFinding_IsToldAtOnce) {
  const auto manifest = ParseManifest(R"({"schema": 0, "id": "Shop", "version": "1"})");
  ASSERT_FALSE(manifest.ok());
  std::vector<std::string> fields;
  for (const FieldViolation& violation : ViolationsOf(manifest.status())) fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("schema", "id", "version", "contracts"));
}

TEST(ManifestTest, Id_IsOneLowerCaseWord) {
  for (const std::string& id : {std::string("ab"), std::string("a-b_9"), std::string(32, 'a')}) {
    EXPECT_TRUE(ParseManifest(
                    Concat(R"({"schema": 1, "id": ")", id, R"(", "version": "1.0.0", "contracts": )", kContracts, "}"))
                    .ok())
        << id;
  }
  for (const std::string& id :
       {std::string(), std::string("a"), std::string("9a"), std::string("Shop"), std::string("../etc"),
        std::string("a/b"), std::string("a.b"), std::string("a b"), std::string(33, 'a')}) {
    ExpectManifestRefused(
        Concat(R"({"schema": 1, "id": ")", id, R"(", "version": "1.0.0", "contracts": )", kContracts, "}"),
        "id: must match");
  }
}

TEST(ManifestTest, Version_IsSemantic_AndAFolderName) {
  for (const char* version : {"0.0.1", "1.2.3", "1.2.3-rc.1", "1.2.3-0.a-b.01x", "999999.0.0"}) {
    EXPECT_TRUE(ParseManifest(Concat(R"({"schema": 1, "id": "shop", "version": ")", version, R"(", "contracts": )",
                                     kContracts, "}"))
                    .ok())
        << version;
  }
  for (const char* version : {"", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.x", "1.2.3-", "1.2.3/..", "1.2.3-a/b",
                              "1.2.3+build", "../1.2.3", "01.2.3", "1.02.3", "1.2.03", "1.2.3-rc.01", "1.2.3-a..b"}) {
    ExpectManifestRefused(
        Concat(R"({"schema": 1, "id": "shop", "version": ")", version, R"(", "contracts": )", kContracts, "}"),
        "version: must be a semantic version");
  }
}

TEST(ManifestTest, NoContracts_IsRefused) {
  ExpectManifestRefused(R"({"schema": 1, "id": "shop", "version": "1.2.3"})",
                        "contracts: at least one contract is needed");
  ExpectManifestRefused(R"({"schema": 1, "id": "shop", "version": "1.2.3", "contracts": []})",
                        "contracts: at least one contract is needed");
}

TEST(ManifestTest, Contract_NamesRevisionScopeAndTime) {
  for (const char* id : {"", "order_sync", "order_sync/", "/1", "order_sync/one", "order_sync/1/2", "Order Sync/1"}) {
    ExpectManifestRefused(WithContract(Concat(R"({"id": ")", id, R"(", "scope": "account"})")),
                          "contracts[0].id: must look like \"order_sync/1\"");
  }
  ExpectManifestRefused(WithContract(R"({"id": "order_sync/1"})"),
                        "contracts[0].scope: must be \"account\" or \"channel\"");
  ExpectManifestRefused(WithContract(R"({"id": "order_sync/1", "scope": "account", "max_step_seconds": 301})"),
                        "contracts[0].max_step_seconds");
  ExpectManifestRefused(WithContract(R"({"id": "order_sync/1", "scope": "account", "max_step_seconds": -1})"),
                        "contracts[0].max_step_seconds");
  ExpectManifestRefused(WithContract(R"({"id": "order_sync/1", "scope": "account", "max_items": -1})"),
                        "contracts[0].max_items");
  ExpectManifestRefused(
      WithContract(R"({"id": "order_sync/1", "scope": "account"}, {"id": "order_sync/1", "scope": "channel"})"),
      "contracts[1].id: 'order_sync/1' is declared twice");
}

TEST(ManifestTest, Origin_IsAnHttpsOrigin) {
  for (const char* url : {"https://shop.example", "https://shop.example:8443", "https://[::1]:8443"}) {
    EXPECT_TRUE(ParseManifest(With(Concat(R"("origins": [{"name": "shop", "url": ")", url, R"("}])"))).ok()) << url;
  }
  for (const char* url :
       {"", "shop.example", "http://shop.example", "https://shop.example/", "https://shop.example/api", "https://",
        "https://user@shop.example", "https://shop.example?x", "https://shop.example:0", "https://shop.example:99999",
        "https://shop example", "https://*.shop.example"}) {
    ExpectManifestRefused(With(Concat(R"("origins": [{"name": "shop", "url": ")", url, R"("}])")),
                          "origins[0].url: must be \"https://host[:port]\"");
  }
}

TEST(ManifestTest, PresignedOrigin_MayBeAPattern) {
  EXPECT_TRUE(
      ParseManifest(With(R"("origins": [{"name": "files", "url": "https://*.shop.example", "presigned": true}])"))
          .ok());
  for (const char* url : {"https://*", "https://*.", "https://*.*.example", "https://a*.example"}) {
    ExpectManifestRefused(With(Concat(R"("origins": [{"name": "files", "presigned": true, "url": ")", url, R"("}])")),
                          "origins[0].url");
  }
}

TEST(ManifestTest, Origins_HaveDifferentNames) {
  ExpectManifestRefused(With(R"("origins": [{"url": "https://a.example"}])"), "origins[0].name: is needed");
  ExpectManifestRefused(
      With(R"("origins": [{"name": "a", "url": "https://a.example"}, {"name": "a", "url": "https://b.example"}])"),
      "origins[1].name: 'a' is declared twice");
}

TEST(ManifestTest, RateLimits_ArePositive) {
  EXPECT_TRUE(ParseManifest(With(R"("rate_limits": [{"operation": "orders", "rate": "0.0056", "burst": 1}])")).ok());
  for (const char* rate : {"", "0", "-1", "nan", "inf", "fast", "1e9"}) {
    ExpectManifestRefused(
        With(Concat(R"("rate_limits": [{"operation": "orders", "burst": 1, "rate": ")", rate, R"("}])")),
        "rate_limits[0].rate: must be a positive number");
  }
  ExpectManifestRefused(With(R"("rate_limits": [{"operation": "orders", "rate": "1"}])"),
                        "rate_limits[0].burst: must be at least 1");
  ExpectManifestRefused(
      With(
          R"("rate_limits": [{"operation": "a", "rate": "1", "burst": 1}, {"operation": "a", "rate": "2", "burst": 1}])"),
      "rate_limits[1].operation: 'a' is declared twice");
}

TEST(ManifestTest, Credentials_NameDeclaredThingsOnly) {
  const auto with = [](std::string_view credential) {
    return With(Concat(
        R"("origins": [{"name": "shop", "url": "https://shop.example"}], "secrets": [{"name": "key"}], "credentials": [)",
        credential, "]"));
  };
  EXPECT_TRUE(
      ParseManifest(with(R"({"name": "k", "type": "secret", "secrets": {"secret": "key"}, "origins": ["shop"]})"))
          .ok());
  ExpectManifestRefused(with(R"({"name": "k", "type": "password"})"),
                        "credentials[0].type: must be oauth2_refresh_token");
  ExpectManifestRefused(with(R"({"name": "k", "type": "oauth2_password", "token_origin": "shop"})"),
                        "credentials[0].type: must be oauth2_refresh_token");
  ExpectManifestRefused(with(R"({"name": "k", "type": "oauth2_refresh_token", "token_origin": "lwa"})"),
                        "credentials[0].token_origin: names no declared origin");
  ExpectManifestRefused(with(R"({"name": "k", "type": "secret", "origins": ["elsewhere"]})"),
                        "credentials[0].origins: 'elsewhere' is no declared origin");
  ExpectManifestRefused(with(R"({"name": "k", "type": "secret", "secrets": {"secret": "lost"}})"),
                        "credentials[0].secrets.secret: 'lost' is no declared secret");
}

// Presigned addresses never get a credential (plugin.proto).
TEST(ManifestTest, Credentials_DoNotGoToAPresignedOrigin) {
  ExpectManifestRefused(With(R"("origins": [{"name": "files", "url": "https://*.shop.example", "presigned": true}],
                        "secrets": [{"name": "key"}],
                        "credentials": [{"name": "k", "type": "secret", "secrets": {"secret": "key"}, "origins": ["files"]}])"),
                        "credentials[0].origins: 'files' is presigned");
}

TEST(ManifestTest, ASecret_SignsByAlgorithmsThatThereAre) {
  EXPECT_TRUE(
      ParseManifest(With(R"("secrets": [{"name": "key", "sign_algorithms": ["hmac_sha256", "rsa_sha256"]}])")).ok());
  ExpectManifestRefused(With(R"("secrets": [{"name": "key", "sign_algorithms": ["md5"]}])"),
                        "secrets[0].sign_algorithms");
}

TEST(ManifestTest, Places_NameDeclaredOptionsAndSecretsOnly) {
  constexpr std::string_view kSchema = R"("config_schema": {"type": "object", "properties": {"address": {}}})";
  EXPECT_TRUE(
      ParseManifest(With(Concat(R"("places": [{"name": "in", "address_option": "address"}], )", kSchema))).ok());
  const auto refused = [&](std::string_view place, const std::string& finding) {
    ExpectManifestRefused(With(Concat(R"("places": [)", place, "], ", kSchema)), finding);
  };
  refused(R"({"name": "In", "address_option": "address"})", "places[0].name");
  refused(R"({"name": "in"})", "places[0].address_option");
  refused(R"({"name": "in", "address_option": "other"})", "places[0].address_option");
  refused(R"({"name": "in", "address_option": "address", "user_option": "user"})", "places[0].user_option");
  refused(R"({"name": "in", "address_option": "address", "host_key_option": "key"})", "places[0].host_key_option");
  refused(R"({"name": "in", "address_option": "address", "password_secret": "pw"})", "places[0].password_secret");
  refused(R"({"name": "in", "address_option": "address", "private_key_secret": "k"})", "places[0].private_key_secret");
  refused(R"({"name": "in", "address_option": "address"}, {"name": "in", "address_option": "address"})",
          "declared twice");
}

TEST(ManifestTest, ConfigSchema_IsAnObject_InOrAsText) {
  EXPECT_TRUE(ParseManifest(WithSchema("{}")).ok()) << "no options";
  EXPECT_TRUE(ParseManifest(WithSchema(R"({"type": "object", "properties": {}})")).ok());
  EXPECT_TRUE(ParseManifest(WithSchema(R"("{\"type\": \"object\"}")")).ok());
  ExpectManifestRefused(WithSchema(R"("not json")"), "config_schema: must be a JSON object");
  ExpectManifestRefused(WithSchema(R"("[]")"), "config_schema: must be a JSON object");
  ExpectManifestRefused(WithSchema(R"({"properties": []})"), "config_schema.properties: must be an object");
}

TEST(ManifestTest, ConfigSchema_WithABadRegularExpression_IsRefused) {
  ExpectManifestRefused(WithProperty(R"({"type": "string", "pattern": "[a-"})"),
                        "config_schema.properties.it.pattern: is no regular expression");
  ExpectManifestRefused(WithProperty(R"({"type": "string", "pattern": "a{2,1}"})"),
                        "config_schema.properties.it.pattern: is no regular expression");
  ExpectManifestRefused(WithProperty(R"({"type": "string", "pattern": 7})"),
                        "config_schema.properties.it.pattern: is no regular expression");
}

TEST(ManifestTest, ConfigSchema_HasOnlyWhatTheHostCanCheck) {
  ExpectManifestRefused(WithProperty("7"), "config_schema.properties.it: must be an object");
  ExpectManifestRefused(WithProperty(R"({"type": "number"})"),
                        "config_schema.properties.it.type: must be string, integer or boolean");
  ExpectManifestRefused(WithProperty(R"({"type": "integer", "minimum": "one"})"),
                        "config_schema.properties.it.minimum: must be a whole number");
  ExpectManifestRefused(WithProperty(R"({"type": "integer", "maximum": 1.5})"),
                        "config_schema.properties.it.maximum: must be a whole number");
  ExpectManifestRefused(WithProperty(R"({"type": "integer", "maximum": 18446744073709551615})"),
                        "config_schema.properties.it.maximum");
  ExpectManifestRefused(WithProperty(R"({"enum": "na"})"), "config_schema.properties.it.enum: must be a list");
  ExpectManifestRefused(WithProperty(R"({"enum": []})"), "config_schema.properties.it.enum: must be a list");
  ExpectManifestRefused(WithProperty(R"({"enum": ["na", "eu"], "default": "fe"})"),
                        "config_schema.properties.it.default: must be one of na, eu");
  ExpectManifestRefused(WithSchema(R"({"required": "it"})"), "config_schema.required: must be a list");
  ExpectManifestRefused(WithSchema(R"({"properties": {}, "required": ["it"]})"),
                        "config_schema.required: 'it' is no property");
}

// Misspelt, one would silently mean nothing, and options would be lost at the next reload.
TEST(ManifestTest, ConfigSchema_WithAnAnnotationThatMeansNothing_IsRefused) {
  EXPECT_TRUE(ParseManifest(WithProperty(R"({"type": "string", "x-qs-group": "a", "x-qs-order": 1, "x-qs-label": "It",
      "x-qs-help": "What it is", "x-qs-depends-on": {"other": "true"}, "x-qs-renamed-from": ["one", "two"], "x-qs-identity": true})"))
                  .ok());
  ExpectManifestRefused(WithProperty(R"({"type": "string", "x-qs-renamed": "one"})"),
                        "config_schema.properties.it.x-qs-renamed: is no annotation of a property");
  ExpectManifestRefused(WithProperty(R"({"type": "string", "x-qs-label": 7})"),
                        "config_schema.properties.it.x-qs-label: must be a text");
  ExpectManifestRefused(WithProperty(R"({"type": "string", "x-qs-order": "first"})"),
                        "config_schema.properties.it.x-qs-order: must be a whole number");
  ExpectManifestRefused(WithProperty(R"({"type": "string", "x-qs-identity": "yes"})"),
                        "config_schema.properties.it.x-qs-identity: must be true or false");
  ExpectManifestRefused(WithProperty(R"({"type": "string", "x-qs-renamed-from": 7})"),
                        "config_schema.properties.it.x-qs-renamed-from: must be a name or a list of names");
  ExpectManifestRefused(WithProperty(R"({"type": "string", "x-qs-renamed-from": ["one", 7]})"),
                        "config_schema.properties.it.x-qs-renamed-from: must be a name or a list of names");
  ExpectManifestRefused(WithSchema(R"({"x-qs-removed": "one"})"),
                        "config_schema.x-qs-removed: must be a list of names");
  ExpectManifestRefused(WithSchema(R"({"x-qs-dropped": ["one"]})"),
                        "config_schema.x-qs-dropped: is no annotation of a schema");
}

TEST(ManifestTest, ConfigSchema_SaysOnce_WhatBecameOfAnOption) {
  ExpectManifestRefused(WithSchema(R"({"properties": {"it": {"type": "string"}}, "x-qs-removed": ["it"]})"),
                        "config_schema.x-qs-removed: 'it' is still a property");
  ExpectManifestRefused(WithSchema(R"({"properties": {"it": {"type": "string", "x-qs-renamed-from": "one"},
                                      "that": {"type": "string", "x-qs-renamed-from": "one"}}})"),
                        "config_schema.properties.that.x-qs-renamed-from: 'one' is spoken of in "
                        "config_schema.properties.it.x-qs-renamed-from, too");
  ExpectManifestRefused(WithSchema(R"({"properties": {"it": {"type": "string", "x-qs-renamed-from": "one"}},
                                      "x-qs-removed": ["one"]})"),
                        "config_schema.x-qs-removed: 'one' is spoken of in");
}

class CheckOptionsTest : public ::testing::Test {
 protected:
  CheckOptionsTest() {
    auto parsed = ParseManifest(WithSchema(R"({
      "type": "object",
      "properties": {
        "region": {"type": "string", "enum": ["na", "eu"]},
        "seller": {"type": "string", "pattern": "^A[0-9]+$"},
        "days": {"type": "integer", "minimum": 1, "maximum": 30, "default": 2},
        "live": {"type": "boolean", "default": false},
        "note": {}
      },
      "required": ["region", "days"]
    })"));
    if (parsed.ok()) manifest_ = *std::move(parsed);
  }

  // "field: description" of each finding.
  std::vector<std::string> Check(const Options& options) {
    std::vector<std::string> found;
    for (const FieldViolation& violation : CheckOptions(manifest_, options))
      found.push_back(violation.field + ": " + violation.description);
    return found;
  }

  quayside::plugin::v1::Manifest manifest_;
};

TEST_F(CheckOptionsTest, GoodValues_HaveNoFinding) {
  EXPECT_THAT(Check({{"region", "eu"}, {"seller", "A1"}, {"days", "30"}, {"live", "true"}, {"note", "anything"}}),
              IsEmpty());
}

TEST_F(CheckOptionsTest, UnknownOption_IsNamed) {
  EXPECT_THAT(Check({{"region", "eu"}, {"regoin", "eu"}}), ElementsAre(HasSubstr("options.regoin: ")));
}

TEST_F(CheckOptionsTest, MissingRequired_IsNamed_UnlessItHasADefault) {
  EXPECT_THAT(Check({}), ElementsAre("options.region: is required"));
}

TEST_F(CheckOptionsTest, Enum_ListsTheChoices) {
  EXPECT_THAT(Check({{"region", "EU"}}), ElementsAre("options.region: must be one of na, eu"));
}

TEST_F(CheckOptionsTest, Pattern_IsShown) {
  EXPECT_THAT(Check({{"region", "eu"}, {"seller", "B1"}}), ElementsAre("options.seller: does not match ^A[0-9]+$"));
  EXPECT_THAT(Check({{"region", "eu"}, {"seller", "A" + std::string(2000, '1')}}),
              ElementsAre(HasSubstr("options.seller: ")));
}

TEST_F(CheckOptionsTest, Integer_IsWholeAndWithinBounds) {
  for (const char* good : {"1", "30"}) EXPECT_THAT(Check({{"region", "eu"}, {"days", good}}), IsEmpty()) << good;
  EXPECT_THAT(Check({{"region", "eu"}, {"days", "0"}}), ElementsAre("options.days: must be at least 1"));
  EXPECT_THAT(Check({{"region", "eu"}, {"days", "31"}}), ElementsAre("options.days: must be at most 30"));
  for (const char* bad : {"", "two", "1.0", "1e1", " 2", "2 ", "+2", "99999999999999999999"}) {
    EXPECT_THAT(Check({{"region", "eu"}, {"days", bad}}), ElementsAre("options.days: must be a whole number")) << bad;
  }
}

TEST_F(CheckOptionsTest, Boolean_IsTrueOrFalse) {
  for (const char* bad : {"", "yes", "True", "1"}) {
    EXPECT_THAT(Check({{"region", "eu"}, {"live", bad}}), ElementsAre("options.live: must be true or false")) << bad;
  }
}

TEST_F(CheckOptionsTest, EveryFinding_IsTold) {
  EXPECT_EQ(Check({{"days", "0"}, {"live", "1"}, {"other", ""}}).size(), 4u);
}

TEST_F(CheckOptionsTest, Defaults_FillWhatIsAbsent_AndNothingElse) {
  EXPECT_EQ(WithDefaults(manifest_, {{"region", "eu"}, {"live", "true"}}),
            (Options{{"region", "eu"}, {"days", "2"}, {"live", "true"}}));
  EXPECT_THAT(WithDefaults(manifest_, {}), AllOf(Contains(Pair("days", "2")), Contains(Pair("live", "false"))));
}

TEST_F(CheckOptionsTest, WithoutASchema_EveryOptionIsUnknown) {
  const quayside::plugin::v1::Manifest none;
  EXPECT_THAT(CheckOptions(none, {}), IsEmpty());
  EXPECT_EQ(CheckOptions(none, {{"a", "1"}}).size(), 1u);
}

}  // namespace
}  // namespace quayside
