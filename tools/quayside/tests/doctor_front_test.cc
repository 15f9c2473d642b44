// The doctor and nginx in front of the host: what its configuration says, and what a call through it meets.
#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tools/quayside/doctor/certificate.h"
#include "tools/quayside/doctor/front_call.h"
#include "tools/quayside/doctor/front_rules.h"
#include "tools/quayside/tests/cli_world.h"
#include "tools/quayside/tests/findings.h"
#include "tools/quayside/tests/self_signed.h"

namespace quayside::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

namespace health = grpc::health::v1;

// As the package brings it, shortened.
constexpr char kShippedFront[] = R"(# nginx 1.22; {braces} in a comment
limit_req_zone $binary_remote_addr zone=begin:10m rate=100r/s;
upstream quayside {
  server 127.0.0.1:8443;  # the host
  keepalive 32;
}
server {
  listen 443 ssl http2;
  listen [::]:443 ssl http2;
  server_name quayside.example;
  ssl_certificate /etc/nginx/quayside.pem;
  ssl_certificate_key /etc/nginx/quayside.key;
  if ($content_type !~ "^application/grpc; {") {
    return 415;
  }
  location / {
    grpc_pass grpc://quayside;
  }
  error_page 400 = @malformed;
})";

FrontConfig Front(std::string text) {
  const auto front = ParseFront("/etc/nginx/conf.d/quayside.conf", text);
  EXPECT_TRUE(front.has_value());
  return front.value_or(FrontConfig());
}

FrontConfig WithListen(const std::string& listen) {
  return Front("server { listen " + listen + "; location / { grpc_pass grpc://127.0.0.1:8443; } }");
}

Findings JudgedConfig(const FrontConfig& front, const Settings& settings) {
  Findings found;
  JudgeFrontConfig(front, settings, found);
  return found;
}

TEST(DoctorFront, WhatNginxWasTold_IsReadFromItsFile) {
  const FrontConfig front = Front(kShippedFront);
  EXPECT_EQ(front.address, "127.0.0.1:443");
  EXPECT_EQ(front.name, "quayside.example");
  EXPECT_EQ(front.certificate, "/etc/nginx/quayside.pem");
  EXPECT_THAT(front.hosts, ElementsAre("127.0.0.1:8443"));
  EXPECT_FALSE(front.encrypts_again);
}

TEST(DoctorFront, WhereItListens_IsMeantForThisMachine) {
  EXPECT_EQ(WithListen("*:8444 ssl").address, "127.0.0.1:8444");
  EXPECT_EQ(WithListen("0.0.0.0:8444").address, "127.0.0.1:8444");
  EXPECT_EQ(WithListen("[::]:8444").address, "[::1]:8444");
  EXPECT_EQ(WithListen("192.0.2.7:8444").address, "192.0.2.7:8444");
  EXPECT_EQ(WithListen("192.0.2.7").address, "192.0.2.7:443");
  EXPECT_EQ(WithListen("unix:/run/front.sock").address, "");
}

TEST(DoctorFront, WithoutAnUpstream_TheHostIsNamedWhereCallsGo) {
  const FrontConfig front = WithListen("443");
  EXPECT_THAT(front.hosts, ElementsAre("127.0.0.1:8443"));
  EXPECT_EQ(front.name, "") << "it answers to any";
}

TEST(DoctorFront, WhatHandsNoCallsOn_IsNoFront) {
  for (const char* none : {"", "server { listen 80; return 301; }", "}}} ;;; {{{", "# grpc_pass grpc://x;", "grpc_pass",
                           "server { grpc_pass 'unclosed"}) {
    EXPECT_FALSE(ParseFront("f", none).has_value()) << none;
  }
}

TEST(DoctorFront, ToldTheSameAsTheHost_ItIsFine) {
  EXPECT_THAT(JudgedConfig(Front(kShippedFront), {.remote_listen = "127.0.0.1:8443"}),
              ElementsAre(Found(Weight::kFine, "hands calls to 127.0.0.1:8443")));
}

TEST(DoctorFront, ToldOtherwise_IsAProblem) {
  EXPECT_THAT(JudgedConfig(Front(kShippedFront), {}),
              ElementsAre(FoundWith(Weight::kProblem, "listens on no address", "remote.listen to 127.0.0.1:8443")));
  EXPECT_THAT(JudgedConfig(Front(kShippedFront), {.remote_listen = "127.0.0.1:9443"}),
              ElementsAre(Found(Weight::kProblem, "calls to 127.0.0.1:8443, the host listens on 127.0.0.1:9443")));
  EXPECT_THAT(JudgedConfig(Front(kShippedFront), {.remote_listen = "127.0.0.1:8443", .remote_certificate = "c"}),
              ElementsAre(FoundWith(Weight::kProblem, "wants TLS", "remote.certificate")));
}

// Whoever may open the socket is admin.
TEST(DoctorFront, AtTheHostsSocket_IsAProblem) {
  const char* const through = "upstream q { server unix:/run/q.sock; } server { location / { grpc_pass grpc://q; } }";
  for (const char* text :
       {through, "server { grpc_pass unix:/run/q.sock; }", "server { grpc_pass grpc://unix:/run/q.sock; }"}) {
    EXPECT_THAT(JudgedConfig(Front(text), {.remote_listen = "127.0.0.1:8443"}),
                ElementsAre(FoundWith(Weight::kProblem, "is admin", "the address of remote.listen")))
        << text;
  }
}

// TLS on loopback with a certificate of its own, and the health of a host behind it, or nobody.
class FrontServer {
 public:
  FrontServer(const SelfSigned& own, bool serves) : health_(serves) {
    grpc::SslServerCredentialsOptions tls;
    tls.pem_key_cert_pairs.push_back({own.key, own.certificate});
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port_);
    builder.RegisterService(&health_);
    server_ = builder.BuildAndStart();
  }
  ~FrontServer() { server_->Shutdown(); }
  FrontServer(const FrontServer&) = delete;
  FrontServer& operator=(const FrontServer&) = delete;
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  class Health final : public health::Health::Service {
   public:
    explicit Health(bool serves) : serves_(serves) {}

   private:
    grpc::Status Check(grpc::ServerContext*, const health::HealthCheckRequest*,
                       health::HealthCheckResponse* response) override {
      // As nginx answers when nobody listens behind it.
      if (!serves_) return {grpc::StatusCode::UNAVAILABLE, "the host does not answer"};
      response->set_status(health::HealthCheckResponse::SERVING);
      return grpc::Status::OK;
    }
    const bool serves_;
  };
  Health health_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

class FrontCallTest : public ::testing::Test {
 protected:
  Findings Judge(const FrontAnswer& answer, bool running = true) {
    Findings found;
    JudgeFrontAnswer(front_, answer, CertificatesOf(front_, answer), absl::ToUnixMicros(absl::Now()), running, found);
    return found;
  }
  Findings Call(const SelfSigned& own, bool serves = true, bool running = true) {
    const FrontServer server(own, serves);
    front_.address = server.address();
    return Judge(CallThroughFront(server.address(), front_.name), running);
  }

  CliWorld world_;
  FrontConfig front_{.file = "quayside.conf", .name = "quayside.example", .certificate = world_.Path("quayside.pem")};
};

TEST_F(FrontCallTest, ThatReachesTheHost_IsFine_WhoeverMadeTheCertificate) {
  EXPECT_THAT(Call(MakeSelfSigned(front_.name, 90)),
              ElementsAre(Found(Weight::kFine, "reaches the host"), Found(Weight::kFine, "is good until")));
}

TEST_F(FrontCallTest, ACertificateThatEndsSoon_OrHas_IsToldWithTheWay) {
  EXPECT_THAT(Call(MakeSelfSigned(front_.name, 10)),
              ElementsAre(Found(Weight::kFine, ""), FoundWith(Weight::kRemark, "expires on", "put a newer one at")));
  EXPECT_THAT(Call(MakeSelfSigned(front_.name, 0)),
              ElementsAre(Found(Weight::kFine, ""), FoundWith(Weight::kProblem, "expired on", "put a newer one at")));
}

// It was renewed, and nginx was not told.
TEST_F(FrontCallTest, ANewerCertificateInTheFile_NeedsAReload) {
  std::ofstream(front_.certificate) << MakeSelfSigned(front_.name, 90).certificate;
  EXPECT_THAT(
      Call(MakeSelfSigned(front_.name, 10)),
      ElementsAre(Found(Weight::kFine, ""), FoundWith(Weight::kRemark, "expires on", "systemctl reload nginx: ")));
}

TEST_F(FrontCallTest, ACertificateForAnotherName_IsAProblem) {
  EXPECT_THAT(Call(MakeSelfSigned("other.example", 90)),
              ElementsAre(Found(Weight::kFine, ""), Found(Weight::kFine, ""),
                          FoundWith(Weight::kProblem, "is not for quayside.example", "server_name")));
  front_.name.clear();
  EXPECT_THAT(Call(MakeSelfSigned("other.example", 90)),
              ElementsAre(Found(Weight::kFine, ""), Found(Weight::kFine, "")));
}

TEST_F(FrontCallTest, WithoutTheHostBehindIt_IsAProblem_UnlessNoneRuns) {
  EXPECT_THAT(
      Call(MakeSelfSigned(front_.name, 90), false),
      ElementsAre(FoundWith(Weight::kProblem, "does not reach the host: the host does not answer", "remote.listen"),
                  Found(Weight::kFine, "is good until")));
  EXPECT_THAT(Call(MakeSelfSigned(front_.name, 90), false, false), ElementsAre(Found(Weight::kFine, "is good until")));
}

TEST_F(FrontCallTest, NobodyThere_IsAProblem) {
  {
    const FrontServer gone(MakeSelfSigned(front_.name, 90), true);
    front_.address = gone.address();
  }
  const FrontAnswer answer = CallThroughFront(front_.address, front_.name);
  EXPECT_THAT(answer.certificate, IsEmpty());
  EXPECT_THAT(answer.failure, Not(IsEmpty()));
  EXPECT_THAT(Judge(answer), ElementsAre(FoundWith(Weight::kProblem, "nobody speaks TLS", "systemctl start nginx")));
}

TEST(DoctorCertificate, WhatIsNone_IsNone) {
  for (const char* none : {"", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    EXPECT_FALSE(Certificate::FromText(none).has_value()) << none;
  }
}

}  // namespace
}  // namespace quayside::cli
