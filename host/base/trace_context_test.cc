#include "host/base/trace_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

#include "host/base/trace_ids.h"
#include "host/base/trace_scope.h"

namespace quayside {
namespace {

constexpr char kParent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::string Sent(std::string_view value) {
  const auto trace = ParseTraceparent(value);
  return trace.has_value() ? Traceparent(*trace) : "invalid";
}

std::string State(std::string_view value) { return BoundedTracestate({value}); }

TEST(Traceparent, OfVersion00_IsReadAndWrittenAsItIs) {
  const auto trace = ParseTraceparent(kParent);
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(TraceIdText(*trace), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(SpanIdText(*trace), "b7ad6b7169203331");
  EXPECT_TRUE(trace->sampled);
  EXPECT_EQ(Traceparent(*trace), kParent);
  EXPECT_EQ(Sent(std::string(" \t") + kParent + " "), kParent);
  EXPECT_EQ(Sent("00-00000000000000000000000000000001-0000000000000001-00"),
            "00-00000000000000000000000000000001-0000000000000001-00");
}

TEST(Traceparent, OfTheFlags_OnlySampledGoesOn) {
  const std::string ids = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-";
  EXPECT_EQ(Sent(ids + "00"), ids + "00");
  EXPECT_EQ(Sent(ids + "02"), ids + "00");
  EXPECT_EQ(Sent(ids + "03"), ids + "01");
  EXPECT_EQ(Sent(ids + "ff"), ids + "01");
  EXPECT_EQ(Sent(ids + "fe"), ids + "00");
}

TEST(Traceparent, OfALaterVersion_CountsByWhatVersion00WouldSay) {
  const std::string rest = "-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(Sent("01" + rest), kParent);
  EXPECT_EQ(Sent("cc" + rest), kParent);
  EXPECT_EQ(Sent("fe" + rest), kParent);
  EXPECT_EQ(Sent("cc" + rest + "-what-the-future-will-be-like"), kParent);
  EXPECT_EQ(Sent("cc" + rest + "-"), kParent);
  EXPECT_EQ(Sent("cc" + rest + ".what-the-future-will-not-be-like"), "invalid");
  EXPECT_EQ(Sent("cc" + rest + "0"), "invalid");
  EXPECT_EQ(Sent("00" + rest + "-what-the-future-will-be-like"), "invalid");
  EXPECT_EQ(Sent("00" + rest + "-"), "invalid");
  EXPECT_EQ(Sent("ff" + rest), "invalid");
}

TEST(Traceparent, WithAnythingElse_IsNone) {
  for (const char* value : {
           "",
           "00",
           "00-0af7651916cd43dd8448eb211c80319c",
           // ids of zeros
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
           // upper case
           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
           "0A-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A",
           // characters that are no digits
           ".0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "0.-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-.af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319.-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-.7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-.0",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0.",
           "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd-448eb211c80319c-b7ad6b7169203331-01",
           // lengths
           "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "000-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c0-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033310-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-001",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
           // separators
           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n",
       }) {
    EXPECT_EQ(Sent(value), "invalid") << value;
  }
}

TEST(Traceparent, ThereTwice_IsNone) {
  EXPECT_TRUE(TraceOfHeaders({kParent}, {}).has_value());
  EXPECT_FALSE(TraceOfHeaders({kParent, kParent}, {}).has_value());
  EXPECT_FALSE(TraceOfHeaders({}, {"a=1"}).has_value());
}

TEST(Tracestate, OfSeveralHeaders_IsOne) {
  EXPECT_EQ(BoundedTracestate({"foo=1,bar=2", "rojo=00f067aa0ba902b7"}), "foo=1,bar=2,rojo=00f067aa0ba902b7");
  EXPECT_EQ(BoundedTracestate({"foo=1", "", "bar=2"}), "foo=1,bar=2");
  EXPECT_EQ(State("foo=1 \t , \t bar=2, \t baz=3"), "foo=1,bar=2,baz=3");
  EXPECT_EQ(State(",,foo=1,,"), "foo=1");
  EXPECT_EQ(State(""), "");
  EXPECT_EQ(State("foo=1,foo=2,bar=3"), "foo=1,bar=3");
}

TEST(Tracestate, KeysAndValues_AreAsTheStandardHasThem) {
  for (const char* good : {"a=1", "a_-*/0=1", "fw529a3039@dt=FfUbv", "0tenant@v=1", "foo=bar baz", "foo=!~ ;:"}) {
    EXPECT_EQ(State(good), good);
  }
  EXPECT_EQ(State(std::string(256, 'k') + "=1").size(), 258U);
  EXPECT_EQ(State(std::string(257, 'k') + "=1"), "");
  EXPECT_EQ(State(std::string(241, 't') + "@" + std::string(14, 'v') + "=1").size(), 258U);
  EXPECT_EQ(State(std::string(242, 't') + "@v=1"), "");
  EXPECT_EQ(State("t@" + std::string(15, 'v') + "=1"), "");
  EXPECT_EQ(State("k=" + std::string(256, 'v')).size(), 258U);
  EXPECT_EQ(State("k=" + std::string(257, 'v')), "");
  for (const char* bad : {"foo", "foo=", "=1", "foo =1", "FOO=1", "foo.bar=1", "0foo=1", "@v=1", "t@=1", "t@0v=1",
                          "t@v@w=1", "foo=bar=baz", "foo=\x01", "foo=\xc3\xa4", "good=1,bad"}) {
    EXPECT_EQ(State(bad), "") << bad;
  }
}

TEST(Tracestate, OfMoreThan32Members_IsNone) {
  std::string state;
  for (int i = 0; i < 32; ++i) state += "k" + std::to_string(i) + "=1,";
  EXPECT_EQ(State(state) + ",", state);
  EXPECT_EQ(State(state + "more=1"), "");
}

TEST(Tracestate, ThatIsTooLong_LosesLongMembersFirst_ThenTheLast) {
  const std::string long_member = "long=" + std::string(124, 'x');  // 129
  const std::string just_short = "short=" + std::string(122, 'y');  // 128
  std::string filled;
  for (char key = 'a'; key <= 'c'; ++key) filled += std::string(1, key) + "=" + std::string(120, 'z') + ",";
  EXPECT_EQ(State(long_member + "," + filled + just_short), filled + just_short);
  EXPECT_EQ(State(filled + just_short + ",d=" + std::string(120, 'z')), filled + just_short);
  EXPECT_EQ(State(long_member + ",a=1"), long_member + ",a=1");
}

TEST(Tracestate, ThatIsWrong_LeavesTheTraceparentAlone) {
  const auto trace = TraceOfHeaders({kParent}, {"foo=1,bad"});
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->state, "");
  EXPECT_EQ(TraceOfHeaders({kParent}, {"foo=1"})->state, "foo=1");
}

TEST(TraceIds, AreThirtyTwoLowerCaseDigits_NotAllZero) {
  EXPECT_TRUE(IsTraceId("0af7651916cd43dd8448eb211c80319c"));
  EXPECT_TRUE(IsTraceId(TraceIdText(TraceIds(7).Fresh())));
  for (const char* bad :
       {"", "0af7651916cd43dd8448eb211c80319", "0af7651916cd43dd8448eb211c80319c0", "0AF7651916CD43DD8448EB211C80319C",
        "00000000000000000000000000000000", "0af7651916cd43dd8448eb211c80319g"}) {
    EXPECT_FALSE(IsTraceId(bad)) << bad;
  }
}

TEST(TraceIds, AreNew_AndAChildStaysInItsTrace) {
  TraceIds ids(1);
  const TraceContext fresh = ids.Fresh();
  EXPECT_EQ(Sent(Traceparent(fresh)), Traceparent(fresh));
  EXPECT_NE(TraceIdText(ids.Fresh()), TraceIdText(fresh));
  const auto parent = TraceOfHeaders({kParent}, {"foo=1"});
  const TraceContext child = ids.ChildOf(*parent);
  EXPECT_EQ(TraceIdText(child), TraceIdText(*parent));
  EXPECT_NE(SpanIdText(child), SpanIdText(*parent));
  EXPECT_EQ(child.state, "foo=1");
  EXPECT_TRUE(child.sampled);
}

TEST(TraceScope, IsTheThreadsOwn_AndNests) {
  const auto outer = ParseTraceparent(kParent);
  TraceIds ids(2);
  const TraceContext inner = ids.ChildOf(*outer);
  EXPECT_EQ(CurrentTrace(), nullptr);
  EXPECT_FALSE(KeepTrace().has_value());
  {
    const TraceScope scope(outer);
    EXPECT_EQ(*CurrentTrace(), *outer);
    {
      const TraceScope nested(&inner);
      EXPECT_EQ(KeepTrace(), inner);
      const TraceScope none(nullptr);
      EXPECT_EQ(CurrentTrace(), nullptr);
    }
    EXPECT_EQ(*CurrentTrace(), *outer);
    const TraceContext* elsewhere = &inner;
    std::thread([&] { elsewhere = CurrentTrace(); }).join();
    EXPECT_EQ(elsewhere, nullptr);
  }
  EXPECT_EQ(CurrentTrace(), nullptr);
}

}  // namespace
}  // namespace quayside
