#include "tools/quayside/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "tools/quayside/socket_path.h"
#include "tools/quayside/tests/fake_host.h"

namespace quayside::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

absl::Status FromHost(const grpc::Status& status) {
  return CallError(status.error_code(), status.error_message(), status.error_details());
}

std::string Rendered(const absl::Status& status) {
  return RenderError(Explain(status, {"/run/x.sock", "--socket"}), {});
}

TEST(ErrorsTest, Render_ListsEveryViolation_WithReasonAndAdvice) {
  const absl::Status status =
      FromHost(HostError(grpc::INVALID_ARGUMENT, "config.a: too large; config.b: not a day", "INVALID_CONFIGURATION",
                         {{"config.a", "too large"}, {"config.b", "not a day"}}));
  EXPECT_EQ(Rendered(status),
            "error: 2 fields of the request are wrong [INVALID_CONFIGURATION]\n"
            "  config.a: too large\n"
            "  config.b: not a day\n"
            "what to do: correct the fields and repeat the command; nothing was changed\n");
}

TEST(ErrorsTest, Render_KeepsAMessageThatSaysMore) {
  const absl::Status status = FromHost(
      HostError(grpc::INVALID_ARGUMENT, "the draft cannot be saved", "INVALID_CONFIGURATION", {{"a", "too large"}}));
  EXPECT_THAT(Rendered(status),
              HasSubstr("error: the draft cannot be saved [INVALID_CONFIGURATION]\n  a: too large\n"));
}

TEST(ErrorsTest, Render_ReasonOfANewerHost_HasNoAdvice) {
  EXPECT_EQ(Rendered(FromHost(HostError(grpc::FAILED_PRECONDITION, "the moon is full", "MOON_FULL"))),
            "error: the moon is full [MOON_FULL]\n");
}

TEST(ErrorsTest, Render_SaysWhenToTryAgain) {
  google::rpc::Status details;
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(90);
  details.add_details()->PackFrom(retry);
  EXPECT_THAT(Rendered(CallError(8, "slow down", details.SerializeAsString())),
              HasSubstr("what to do: try again in 1 min\n"));
}

TEST(ErrorsTest, Render_DisarmsTheHostsText) {
  EXPECT_THAT(Rendered(FromHost(HostError(grpc::INTERNAL, "bad \x1b[2J title", "INTERNAL"))), Not(HasSubstr("\x1b")));
}

TEST(ErrorsTest, Unreachable_NamesTheSocketAndWhoChoseIt) {
  const ErrorReport report =
      Explain(CallError(14, "failed to connect", ""), {"/nonexistent/x.sock", "$QUAYSIDE_SOCKET"});
  EXPECT_EQ(report.exit_code, kExitUnreachable);
  EXPECT_EQ(report.headline, "no host answers at /nonexistent/x.sock (chosen by $QUAYSIDE_SOCKET)");
  EXPECT_THAT(report.advice, HasSubstr("start the host"));
}

// tools/package/quaysided.service.in
TEST(ErrorsTest, Unreachable_NamesTheServiceThatThePackageBrings) {
  for (const SocketFinding finding : {SocketFinding::kMissing, SocketFinding::kNobodyListens})
    EXPECT_THAT(SocketAdvice(finding, {}), HasSubstr("'systemctl start quaysided'"));
}

TEST(ErrorsTest, Unreachable_IsAHostThatItsFrontCannotReach) {
  const ErrorReport report =
      Explain(FromHost(HostError(grpc::UNAVAILABLE, "the host does not answer", "HOST_UNAVAILABLE")),
              {.path = "quayside.example:443", .chosen_by = "--address", .is_address = true});
  EXPECT_EQ(report.exit_code, kExitUnreachable);
  EXPECT_EQ(report.headline, "no host answers at quayside.example:443 (chosen by --address)");
  EXPECT_THAT(report.lines, Contains("the host does not answer"));
}

TEST(ErrorsTest, Unavailable_ThatTheHostSaysItself_IsAFailedRequest) {
  const ErrorReport report =
      Explain(FromHost(HostError(grpc::UNAVAILABLE, "Amazon answers 503", "CHANNEL_UNAVAILABLE")), {});
  EXPECT_EQ(report.exit_code, kExitFailed);
  EXPECT_EQ(report.headline, "Amazon answers 503");
}

TEST(ErrorsTest, ExitCodes_TellUsageAndInterruptApart) {
  EXPECT_EQ(Explain(UsageError("x"), {}).exit_code, kExitUsage);
  EXPECT_EQ(Explain(Interrupted("x"), {}).exit_code, kExitInterrupted);
  EXPECT_EQ(Explain(FromHost(HostError(grpc::NOT_FOUND, "x", "ORDER_NOT_FOUND")), {}).exit_code, kExitFailed);
  EXPECT_EQ(Explain(FromHost(HostError(grpc::CANCELLED, "x", "X")), {}).exit_code, kExitFailed);
}

TEST(SocketTest, Choice_GoesFlagThenEnvironmentThenUserThenSystem) {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "QUAYSIDE_SOCKET") return "/env.sock";
    if (name == "XDG_RUNTIME_DIR") return "/run/user/1";
    return std::nullopt;
  };
  const auto only_user = [&](const std::string& name) {
    return name == "XDG_RUNTIME_DIR" ? environment(name) : std::nullopt;
  };
  const auto yes = [](const std::string&) { return true; };
  const auto no = [](const std::string&) { return false; };
  EXPECT_EQ(ChooseSocket("/flag.sock", environment, yes).path, "/flag.sock");
  EXPECT_EQ(ChooseSocket("", environment, yes).path, "/env.sock");
  EXPECT_EQ(ChooseSocket("", only_user, yes).path, "/run/user/1/quayside/quayside.sock");
  EXPECT_EQ(ChooseSocket("", only_user, no).path, "/var/lib/quayside/run/quayside.sock");
}

TEST(SocketTest, Inspect_SeesWhatIsThere) {
  EXPECT_EQ(InspectSocket("/nonexistent/x.sock"), SocketFinding::kMissing);
  EXPECT_EQ(InspectSocket("/dev/null"), SocketFinding::kNotASocket);
  EXPECT_EQ(InspectSocket(std::string(200, 'x')), SocketFinding::kPathTooLong);
}

}  // namespace
}  // namespace quayside::cli
