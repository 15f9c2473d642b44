#include "sdk/conformance/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sdk/conformance/report.h"

namespace quayside::conformance {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class VerdictTest : public ::testing::Test {
 protected:
  VerdictTest() {
    bundle_.manifest.set_id("shop");
    bundle_.manifest.set_version("1.0.0");
    bundle_.manifest.add_contracts()->set_id("order_sync/1");
    bundle_.manifest.add_contracts()->set_id("inventory_push/1");
    for (const char* contract : {"", "order_sync/1", "order_sync/1", "inventory_push/1"}) {
      cases_.push_back({std::string("calls/") + contract, "calls", contract, "it <works>", 1, nullptr});
      results_.push_back({cases_.back().name, {}, 0.5, false});
    }
  }
  Verdict Of(bool chosen = false) { return Judge(bundle_, cases_, results_, chosen); }
  std::string TextOf(const Verdict& verdict, const std::string& contract) {
    for (const ContractVerdict& one : verdict.contracts) {
      if (one.contract == contract) return one.Text();
    }
    return "";
  }

  Bundle bundle_;
  Cases cases_;
  std::vector<Result> results_;
};

TEST_F(VerdictTest, AllPass_Conforms_AndUndeclaredContractsAreNotOffered) {
  const Verdict verdict = Of();
  EXPECT_TRUE(verdict.conforms);
  EXPECT_EQ(verdict.text, "CONFORMS: every declared contract passes all its cases");
  EXPECT_EQ(TextOf(verdict, "order_sync/1"), "order_sync/1: passes all 2 cases");
  EXPECT_EQ(TextOf(verdict, "inventory_push/1"), "inventory_push/1: passes all 1 case");
  EXPECT_EQ(TextOf(verdict, "despatch/1"), "despatch/1: not offered");
}

TEST_F(VerdictTest, OneFails_TheContractFails) {
  results_[1].findings.push_back("it does not");
  const Verdict verdict = Of();
  EXPECT_FALSE(verdict.conforms);
  EXPECT_EQ(verdict.text, "DOES NOT CONFORM: order_sync/1: fails 1 of 2 cases");
}

TEST_F(VerdictTest, NotRun_IsNoPass) {
  results_[3].not_run = true;
  EXPECT_EQ(Of().text, "DOES NOT CONFORM: inventory_push/1: fails 1 of 1 case");
}

TEST_F(VerdictTest, SomeCasesOnly_GiveNoVerdict) {
  const Verdict verdict = Of(true);
  EXPECT_FALSE(verdict.conforms);
  EXPECT_THAT(verdict.text, HasSubstr("NO VERDICT"));
}

TEST_F(VerdictTest, Junit_EscapesWhatXmlCannotHold) {
  results_[1].findings.push_back("found <a> & \"b\" \x01");
  const Verdict verdict = Of();
  const std::string xml = Junit({bundle_, cases_, results_, verdict, 7});
  EXPECT_THAT(xml, HasSubstr("found &lt;a&gt; &amp; &quot;b&quot;  "));
  EXPECT_THAT(xml, HasSubstr("tests=\"4\" failures=\"1\""));
  EXPECT_THAT(xml, Not(HasSubstr("\x01")));
}

TEST_F(VerdictTest, Json_HoldsSeedVerdictAndFindings) {
  results_[1].findings.push_back("it does not");
  const Verdict verdict = Of();
  const std::string text = Json({bundle_, cases_, results_, verdict, 7});
  EXPECT_THAT(text, HasSubstr(R"("seed":7)"));
  EXPECT_THAT(text, HasSubstr(R"("conforms":false)"));
  EXPECT_THAT(text, HasSubstr(R"("findings":["it does not"])"));
}

}  // namespace
}  // namespace quayside::conformance
