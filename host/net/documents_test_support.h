// A folder, a cipher and a spool; the document service over them and a transport that a test commands.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/rand.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/net/documents.h"
#include "host/net/fake_http_client.h"
#include "host/net/gzip_for_tests.h"
#include "host/net/spool.h"
#include "host/plugin/folder_for_tests.h"
#include "host/security/aead.h"

namespace quayside {

inline constexpr TimeUs kDocumentsBegin = 1'800'000'000 * kSecondUs;

// One key, without a store.
class OneKeyCipher final : public Cipher {
 public:
  absl::StatusOr<std::string> Seal(std::string_view plain, std::string_view context) const override {
    std::string sealed;
    QS_RETURN_IF_ERROR(aead_.Seal(plain, context, sealed));
    return sealed;
  }
  absl::StatusOr<std::string> Open(std::string_view sealed, std::string_view context) const override {
    std::string plain;
    if (!aead_.Open(sealed, context, plain))
      return MakeError(absl::StatusCode::kDataLoss, Reason::kKeyUnavailable, "cannot be opened");
    return plain;
  }

 private:
  static const SecretKey& Fill(SecretKey& key) {
    EXPECT_EQ(RAND_bytes(key.data(), SecretKey::kSize), 1);
    return key;
  }
  SecretKey key_;
  const Aead aead_{Fill(key_)};
};

// Keeps what was logged.
class KeptLog final : public Logger {
 public:
  void Log(LogLevel, std::string_view message, const std::vector<LogField>& fields) override {
    text += message;
    for (const LogField& field : fields) text += " " + std::string(field.key) + "=" + field.value;
    text += "\n";
  }
  std::string text;
};

class SpoolTest : public ::testing::Test {
 protected:
  std::string spool_folder() const { return folder_ / "documents"; }

  std::unique_ptr<DocumentSpool> OpenSpool(int64_t max_bytes = int64_t{1} << 30, int64_t min_free_bytes = 0) {
    auto spool = DocumentSpool::Open(
        {.folder = spool_folder(), .max_bytes = max_bytes, .min_free_bytes = min_free_bytes}, cipher_, clock_, log_);
    EXPECT_TRUE(spool.ok()) << spool.status();
    return *std::move(spool);
  }

  static absl::Status Put(DocumentSpool& spool, const std::string& account, const std::string& name,
                          std::string_view bytes) {
    QS_ASSIGN_OR_RETURN(const auto incoming, spool.Begin(account, name));
    QS_RETURN_IF_ERROR(incoming->Append(bytes));
    return incoming->Commit("UTF-8", 7).status();
  }

  // Every file of the spool, relative to it.
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(spool_folder())) {
      if (entry.is_regular_file()) files.push_back(std::filesystem::relative(entry.path(), spool_folder()).string());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  TestFolder folder_;
  OneKeyCipher cipher_;
  ManualClock clock_{kDocumentsBegin};
  KeptLog log_;
};

class DocumentsTest : public SpoolTest {
 protected:
  void SetUp() override {
    auto* origin = manifest_.add_origins();
    origin->set_name("files");
    origin->set_url("https://*.files.example");
    origin->set_presigned(true);
    context_.account_id = "shop";
    context_.manifest = &manifest_;
    context_.stop = [this] { return stop_.load(); };
  }

  // The service over the fake transport, or over another one.
  std::unique_ptr<DocumentService> Make(std::map<std::string, std::string> origin_map = {},
                                        HttpClient* client = nullptr) {
    if (spool_ == nullptr) spool_ = OpenSpool();
    return MakeDocumentService(client != nullptr ? *client : client_, *spool_, clock_,
                               {.origin_map = std::move(origin_map), .user_agent = "Quayside/0.1"});
  }

  // The address serves this.
  void Serve(std::string body, std::vector<std::pair<std::string, std::string>> headers = {}, int status = 200) {
    headers.emplace_back("content-length", std::to_string(body.size()));
    client_.OnSend(
        [answer = HttpAnswer{status, std::move(headers), std::move(body)}](const HttpExchange&) { return answer; });
  }

  static quayside::plugin::v1::FetchDocument FetchOf(const std::string& name, const std::string& charset = "",
                                                     bool gzip = false) {
    quayside::plugin::v1::FetchDocument request;
    request.set_url("https://bucket.files.example/" + name + "?signature=canary");
    request.set_name(name);
    request.set_gzip(gzip);
    request.set_default_charset(charset);
    return request;
  }

  absl::StatusOr<quayside::plugin::v1::FetchedDocument> Fetch(DocumentService& service,
                                                              const quayside::plugin::v1::FetchDocument& request) {
    quayside::plugin::v1::DocumentRequest wrapped;
    *wrapped.mutable_fetch() = request;
    QS_ASSIGN_OR_RETURN(const auto reply, service.Handle(wrapped, context_));
    return reply.fetch();
  }
  absl::StatusOr<quayside::plugin::v1::FetchedDocument> Fetch(const quayside::plugin::v1::FetchDocument& request) {
    return Fetch(*Make(), request);
  }

  absl::StatusOr<quayside::plugin::v1::DocumentChunk> Read(const std::string& name, int64_t offset = 0,
                                                           int32_t max_bytes = 0, bool whole_lines = false) {
    quayside::plugin::v1::DocumentRequest wrapped;
    wrapped.mutable_read()->set_name(name);
    wrapped.mutable_read()->set_offset(offset);
    wrapped.mutable_read()->set_max_bytes(max_bytes);
    wrapped.mutable_read()->set_whole_lines(whole_lines);
    QS_ASSIGN_OR_RETURN(const auto reply, Make()->Handle(wrapped, context_));
    return reply.read();
  }

  // The whole document, chunk by chunk.
  std::string ReadAll(const std::string& name, int32_t max_bytes = 0) {
    std::string all;
    for (bool end = false; !end;) {
      const auto chunk = Read(name, static_cast<int64_t>(all.size()), max_bytes);
      EXPECT_TRUE(chunk.ok()) << chunk.status();
      if (!chunk.ok()) break;
      all += chunk->data();
      EXPECT_EQ(chunk->next_offset(), static_cast<int64_t>(all.size()));
      end = chunk->end();
    }
    return all;
  }

  absl::Status Release(const std::string& name) {
    quayside::plugin::v1::DocumentRequest wrapped;
    wrapped.mutable_release()->set_name(name);
    return Make()->Handle(wrapped, context_).status();
  }

  // Refused, and nothing of it is left on the disk.
  void ExpectNothingKept(const absl::Status& status, absl::StatusCode code, Reason reason) {
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_TRUE(HasReason(status, reason)) << status;
    EXPECT_THAT(status.ToString(), ::testing::Not(::testing::HasSubstr("canary")));
    EXPECT_THAT(Files(), ::testing::IsEmpty());
    EXPECT_EQ(spool_->bytes(), 0);
  }

  quayside::plugin::v1::Manifest manifest_;
  CallContext context_;
  std::atomic<bool> stop_{false};
  FakeHttpClient client_;
  std::unique_ptr<DocumentSpool> spool_;
};

}  // namespace quayside
