// The form of a document and what becomes of its bytes.
#include "host/net/document_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/errors.h"
#include "host/net/gzip_for_tests.h"

namespace quayside {
namespace {

using quayside::plugin::v1::FetchDocument;
using ::testing::HasSubstr;
using ::testing::Not;
using Headers = std::vector<std::pair<std::string, std::string>>;

HttpAnswer HeadOf(Headers headers) {
  headers.emplace_back("content-length", "5");
  return {.status = 200, .headers = std::move(headers)};
}

FetchDocument Request(const std::string& charset, bool gzip = false) {
  FetchDocument request;
  request.set_default_charset(charset);
  request.set_gzip(gzip);
  return request;
}

std::string CharsetFrom(const std::string& content_type, const std::string& default_charset) {
  const auto form = FormOf(HeadOf({{"content-type", content_type}}), Request(default_charset));
  EXPECT_TRUE(form.ok()) << form.status();
  return form.ok() && form->charset ? std::string(form->charset->name) : "";
}

void ExpectUnreadable(const absl::Status& status) {
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_TRUE(HasReason(status, Reason::kDocumentUnreadable)) << status;
}

TEST(DocumentForm, TheCharsetOfTheContentType_GoesBeforeTheDefault) {
  EXPECT_EQ(CharsetFrom("text/plain; charset=Cp1252", "UTF-8"), "windows-1252");
  EXPECT_EQ(CharsetFrom("text/plain;charset=\"Shift_JIS\"", "UTF-8"), "Shift_JIS");
  EXPECT_EQ(CharsetFrom("text/tab-separated-values ; format=flowed ; Charset = UTF-8", "Cp1252"), "windows-1252")
      << "no space belongs around '='";
  EXPECT_EQ(CharsetFrom("text/plain; CHARSET=utf-8", "Cp1252"), "UTF-8");
  EXPECT_EQ(CharsetFrom("text/plain", "Cp1252"), "windows-1252");
  EXPECT_EQ(CharsetFrom("", "windows-1252"), "windows-1252");
}

TEST(DocumentForm, WithoutADefault_NothingIsDecoded) {
  EXPECT_EQ(CharsetFrom("application/json; charset=Cp1252", ""), "");
}

TEST(DocumentForm, AnUnknownCharset_IsUnreadable) {
  const absl::Status status =
      FormOf(HeadOf({{"content-type", "text/plain; charset=klingon\x1b[31m"}}), Request("UTF-8")).status();
  ExpectUnreadable(status);
  EXPECT_THAT(status.ToString(), HasSubstr("klingon"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("\x1b"))) << "what is shown cannot speak to a terminal";
}

TEST(DocumentForm, ContentEncoding) {
  for (const auto& [coding, packings] : std::map<std::string, int>{{"gzip", 1},
                                                                   {"GZIP", 1},
                                                                   {"x-gzip", 1},
                                                                   {"identity", 0},
                                                                   {"", 0},
                                                                   {"aws-chunked", 0},
                                                                   {"gzip, gzip", 2},
                                                                   {"aws-chunked,gzip", 1}}) {
    const auto form = FormOf(HeadOf({{"content-encoding", coding}}), Request(""));
    ASSERT_TRUE(form.ok()) << coding << ": " << form.status();
    EXPECT_EQ(form->packed_for_transport, packings) << coding;
  }
  for (const char* coding : {"br", "deflate", "zstd", "gzip, br"})
    ExpectUnreadable(FormOf(HeadOf({{"content-encoding", coding}}), Request("")).status());
}

TEST(DocumentForm, AnAnswerWithoutAnEnd_IsUnreadable) {
  ExpectUnreadable(FormOf({.status = 200}, Request("")).status());
  ExpectUnreadable(FormOf({.status = 200, .headers = {{"transfer-encoding", "gzip"}}}, Request("")).status());
  EXPECT_TRUE(FormOf({.status = 200, .headers = {{"transfer-encoding", "Chunked"}}}, Request("")).ok());
  EXPECT_TRUE(FormOf({.status = 200, .headers = {{"content-length", "0"}}}, Request("")).ok());
}

TEST(DocumentForm, ALengthBeyondTheLimit_IsRefusedAtOnce_UnlessItIsPacked) {
  FetchDocument request = Request("");
  request.set_max_bytes(4);
  const absl::Status status = FormOf(HeadOf({}), request).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_TRUE(HasReason(status, Reason::kDocumentTooLarge)) << status;
  EXPECT_TRUE(FormOf(HeadOf({{"content-encoding", "gzip"}}), request).ok());
  request.set_gzip(true);
  EXPECT_TRUE(FormOf(HeadOf({}), request).ok());
}

struct Kept {
  absl::Status status;
  std::string bytes;
};

Kept Decode(const DocumentForm& form, std::string_view bytes, size_t piece = 1000) {
  DocumentDecoder decoder(form);
  Kept kept;
  const auto out = [&](std::string_view decoded) {
    kept.bytes += decoded;
    return absl::OkStatus();
  };
  while (!bytes.empty() && kept.status.ok()) {
    kept.status = decoder.Add(bytes.substr(0, piece), out);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (kept.status.ok()) kept.status = decoder.Finish(out);
  return kept;
}

// Whoever says that the bytes are packed: header, request or both, once or twice.
TEST(DocumentDecoder, AGzipFile_IsUnpackedAsOftenAsItIsPacked) {
  const std::string text = SampleText(100'000);
  const std::string once = GzipOf(text);
  const std::string twice = GzipOf(once);
  for (const size_t piece : {size_t{1}, size_t{999}, size_t{1} << 20}) {
    EXPECT_EQ(Decode({}, text, piece).bytes, text);
    EXPECT_EQ(Decode({.is_gzip_file = true}, once, piece).bytes, text) << "S3 says identity or nothing";
    EXPECT_EQ(Decode({.packed_for_transport = 1, .is_gzip_file = true}, once, piece).bytes, text) << "both mean one";
    EXPECT_EQ(Decode({.packed_for_transport = 1, .is_gzip_file = true}, twice, piece).bytes, text) << "a proxy packed";
    EXPECT_EQ(Decode({.packed_for_transport = 1}, once, piece).bytes, text) << "only the transport";
    EXPECT_EQ(Decode({.packed_for_transport = 1}, twice, piece).bytes, once) << "a gzip file that is kept as it is";
    EXPECT_EQ(Decode({.packed_for_transport = 2}, twice, piece).bytes, text);
  }
  ExpectUnreadable(Decode({.is_gzip_file = true}, text).status);
  ExpectUnreadable(Decode({.packed_for_transport = 1}, text).status);
  ExpectUnreadable(Decode({.packed_for_transport = 1, .is_gzip_file = true}, text).status);
}

TEST(DocumentDecoder, UnpacksAndDecodes) {
  DocumentDecoder decoder({.is_gzip_file = true, .charset = FindCharset("Cp1252")});
  std::string kept;
  const auto out = [&](std::string_view bytes) {
    kept += bytes;
    return absl::OkStatus();
  };
  ASSERT_TRUE(decoder.Add(GzipOf("caf\xe9\x81\n"), out).ok());
  ASSERT_TRUE(decoder.Finish(out).ok());
  EXPECT_EQ(kept, "café\uFFFD\n");
  EXPECT_EQ(decoder.charset(), "windows-1252");
  EXPECT_EQ(decoder.undecodable(), 1);
}

void ExpectRefusedAt(const Kept& kept, size_t most) {
  EXPECT_TRUE(absl::IsInvalidArgument(kept.status)) << kept.status;
  EXPECT_TRUE(HasReason(kept.status, Reason::kDocumentTooLarge)) << kept.status;
  EXPECT_LE(kept.bytes.size(), most);
}

TEST(DocumentDecoder, TheLimitIsOfTheUnpackedBytes_ToTheByte) {
  EXPECT_TRUE(Decode({.max_bytes = 1000}, std::string(1000, 'x')).status.ok());
  ExpectRefusedAt(Decode({.max_bytes = 999}, std::string(1000, 'x')), 999);
  EXPECT_TRUE(Decode({.is_gzip_file = true, .max_bytes = 100'000}, GzipOf(std::string(100'000, 'x'))).status.ok());
  ExpectRefusedAt(Decode({.is_gzip_file = true, .max_bytes = 99'999}, GzipOf(std::string(100'000, 'x'))), 99'999);
}

TEST(DocumentDecoder, TextThatGrowsByDecoding_IsMeasuredAsKept) {
  DocumentForm form{.charset = FindCharset("Cp1252"), .max_bytes = 1000};
  EXPECT_TRUE(Decode(form, std::string(500, '\xe9')).status.ok());
  ExpectRefusedAt(Decode(form, std::string(501, '\xe9')), 1000);
}

TEST(DocumentDecoder, ABombOfABomb_IsRefusedAtTheLimit) {
  // 20 MB of a file that holds nothing: neither layer gets far.
  const std::string empty = GzipOf("");
  std::string empties;
  while (empties.size() < (20 << 20)) empties += empty;
  ExpectRefusedAt(Decode({.packed_for_transport = 2, .max_bytes = 1 << 20}, GzipOf(empties)), 0);
}

}  // namespace
}  // namespace quayside
