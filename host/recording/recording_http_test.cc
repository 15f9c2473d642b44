#include "host/recording/recording_http.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "host/base/errors.h"

namespace quayside {
namespace {

namespace fs = std::filesystem;
namespace pb = plugin::v1;

class FakeService final : public HttpService {
 public:
  absl::StatusOr<pb::HttpReply> Send(const pb::HttpRequest& request, const CallContext&) override {
    if (request.path() == "/down") return absl::UnavailableError("down");
    pb::HttpReply reply;
    reply.set_status(200);
    reply.set_body(R"({"name": "Ada"})");
    return reply;
  }
};

class RecordingHttpTest : public ::testing::Test {
 protected:
  RecordingHttpTest() {
    folder_ = fs::path(::testing::TempDir()) / "recording_http_test";
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~RecordingHttpTest() override { fs::remove_all(folder_); }
  absl::Status Send(HttpService& http, const std::string& account, const std::string& path) {
    pb::HttpRequest request;
    request.set_method("GET");
    request.set_origin("shop");
    request.set_path(path);
    return http.Send(request, {.account_id = account}).status();
  }
  std::string Read(const std::string& name) {
    std::ifstream file(folder_ / name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  fs::path folder_;
  FakeService inner_;
  const std::unique_ptr<Logger> logger_ = MakeNullLogger();
};

TEST_F(RecordingHttpTest, EachAccountHasItsCassette) {
  RecordingHttp http(inner_, folder_.string(), *logger_);
  EXPECT_TRUE(Send(http, "a", "/orders").ok());
  EXPECT_TRUE(Send(http, "b", "/stock").ok());
  EXPECT_EQ(Read("a.json"), R"({"exchanges":[{"request":{"method":"GET","origin":"shop","path":"/orders"},)"
                            R"("reply":{"status":200,"json":{"name":"***"}}}]})"
                            "\n");
  EXPECT_NE(Read("b.json").find("/stock"), std::string::npos);
}

TEST_F(RecordingHttpTest, ALongCassette_IsWholeInTheEnd) {
  {
    RecordingHttp http(inner_, folder_.string(), *logger_);
    for (int i = 1; i <= 100; ++i) EXPECT_TRUE(Send(http, "a", "/orders/" + std::to_string(i)).ok());
    EXPECT_NE(Read("a.json").find("/orders/90\""), std::string::npos);
  }
  EXPECT_NE(Read("a.json").find("/orders/100\""), std::string::npos);
}

TEST_F(RecordingHttpTest, WhatIsListenedTo_GoesOn_WhateverBecomesOfTheTape) {
  RecordingHttp http(inner_, (folder_ / "nowhere").string(), *logger_);
  EXPECT_TRUE(Send(http, "a", "/orders").ok());
  EXPECT_EQ(Send(http, "a", "/down").code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace quayside
