#include "host/net/gunzip.h"

#include <gtest/gtest.h>

#include "host/base/errors.h"
#include "host/net/gzip_for_tests.h"

namespace quayside {
namespace {

struct Unpacked {
  absl::Status status;
  std::string bytes;
};

Unpacked Unpack(std::string_view packed, size_t piece, Gunzip::Mode mode = Gunzip::Mode::kAlways) {
  Gunzip gunzip(mode);
  Unpacked result;
  const auto out = [&](std::string_view bytes) {
    result.bytes += bytes;
    return absl::OkStatus();
  };
  while (!packed.empty() && result.status.ok()) {
    result.status = gunzip.Add(packed.substr(0, piece), out);
    packed.remove_prefix(std::min(piece, packed.size()));
  }
  if (result.status.ok()) result.status = gunzip.Finish(out);
  return result;
}

void ExpectDamaged(const Unpacked& result) {
  EXPECT_TRUE(absl::IsUnavailable(result.status)) << result.status;
  EXPECT_TRUE(HasReason(result.status, Reason::kDocumentDamaged)) << result.status;
}

void ExpectNoGzip(const Unpacked& result) {
  EXPECT_TRUE(absl::IsInvalidArgument(result.status)) << result.status;
  EXPECT_TRUE(HasReason(result.status, Reason::kDocumentUnreadable)) << result.status;
}

TEST(Gunzip, AFile_IsUnpackedInWhateverPiecesItComes) {
  const std::string plain = SampleText(300'000);
  const std::string packed = GzipOf(plain);
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{4096}, packed.size()}) {
    const Unpacked result = Unpack(packed, piece);
    EXPECT_TRUE(result.status.ok()) << result.status;
    EXPECT_EQ(result.bytes, plain) << piece;
  }
}

TEST(Gunzip, AnEmptyFile_UnpacksToNothing) {
  const Unpacked result = Unpack(GzipOf(""), 5);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.bytes, "");
}

TEST(Gunzip, MembersBehindEachOther_AreOneFile) {
  const std::string packed = GzipOf("first\n") + GzipOf("") + GzipOf("second\n") + GzipOf("third\n");
  for (size_t piece = 1; piece <= packed.size(); ++piece) {
    const Unpacked result = Unpack(packed, piece);
    EXPECT_TRUE(result.status.ok()) << piece << ": " << result.status;
    EXPECT_EQ(result.bytes, "first\nsecond\nthird\n") << piece;
  }
}

TEST(Gunzip, ZerosBehindTheEnd_ArePadding) {
  const Unpacked result = Unpack(GzipOf("text") + std::string(1000, '\0'), 17);
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.bytes, "text");
}

// They may be a member that was damaged: then what came so far is not all.
TEST(Gunzip, OtherBytesBehindTheEnd_AreDamage) {
  const std::string packed = GzipOf("text");
  for (const char* behind : {"x", "\x1fx", "\x1f\x8bx", "garbage and more of it"}) {
    for (const size_t piece : {size_t{1}, size_t{1000}}) ExpectDamaged(Unpack(packed + behind, piece));
  }
  ExpectDamaged(Unpack(packed + std::string(3, '\0') + "x", 1));
}

TEST(Gunzip, AFileCutAnywhere_IsDamaged) {
  const std::string packed = GzipOf(SampleText(3000)) + GzipOf("another member");
  const size_t first = GzipOf(SampleText(3000)).size();
  for (size_t length = 0; length < packed.size(); ++length) {
    // Cut between two members it is a whole file: only the length of the answer can tell.
    if (length == first) continue;
    const Unpacked result = Unpack(std::string_view(packed).substr(0, length), 512);
    ExpectDamaged(result);
  }
}

// Some bits mean nothing (the file's time, padding before the checksum); the others must not change the document.
TEST(Gunzip, AFlippedBit_IsRefused_OrChangesNothing) {
  const std::string plain = SampleText(500);
  const std::string packed = GzipOf(plain);
  size_t refused = 0;
  for (size_t bit = 0; bit < 8 * packed.size(); ++bit) {
    std::string flipped = packed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const Unpacked result = Unpack(flipped, 64);
    refused += result.status.ok() ? 0 : 1;
    EXPECT_TRUE(!result.status.ok() || result.bytes == plain) << bit;
  }
  EXPECT_GT(refused, 8 * (packed.size() - 8));
}

TEST(Gunzip, WhatIsNoGzip_IsUnreadable) {
  for (const char* plain : {"x", "sku\tquantity\n", "\x1fx", "\x1f\x8b\x07 method of another world"}) {
    ExpectNoGzip(Unpack(plain, 1));
    ExpectNoGzip(Unpack(plain, 1000));
  }
}

TEST(Gunzip, IfGzip_TakesBoth) {
  for (const std::string& plain : {std::string(), std::string("\x1f"), std::string("\x1f\x8b"), std::string("\x1fx"),
                                   std::string("sku\tquantity\n")}) {
    for (const size_t piece : {size_t{1}, size_t{1000}}) {
      const Unpacked as_it_is = Unpack(plain, piece, Gunzip::Mode::kIfGzip);
      EXPECT_TRUE(as_it_is.status.ok()) << as_it_is.status;
      EXPECT_EQ(as_it_is.bytes, plain);
      const Unpacked unpacked = Unpack(GzipOf(plain), piece, Gunzip::Mode::kIfGzip);
      EXPECT_TRUE(unpacked.status.ok()) << unpacked.status;
      EXPECT_EQ(unpacked.bytes, plain);
    }
  }
  ExpectDamaged(Unpack(GzipOf("text").substr(0, 12), 5, Gunzip::Mode::kIfGzip));
}

TEST(Gunzip, WhatTheTakerAnswers_EndsTheWork) {
  Gunzip gunzip(Gunzip::Mode::kAlways);
  int64_t taken = 0;
  const absl::Status status = gunzip.Add(GzipOf(std::string(10 << 20, 'x')), [&](std::string_view bytes) {
    taken += static_cast<int64_t>(bytes.size());
    return taken < 100'000 ? absl::OkStatus() : absl::CancelledError("enough");
  });
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_LT(taken, 300'000);
}

}  // namespace
}  // namespace quayside
