// Documents on the disk: parts of them, restarts, kills, tampering, age, room.
#include "host/net/spool.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/base/failpoint.h"
#include "host/base/rng.h"
#include "host/net/documents_test_support.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kBlock = kDocumentBlockBytes;

void ExpectGone(const absl::Status& status, Reason reason) {
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_TRUE(HasReason(status, reason)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("fetch it again"));
}

TEST_F(SpoolTest, ADocument_IsReadFromAnywhere) {
  const auto spool = OpenSpool();
  for (const int64_t size : {int64_t{0}, int64_t{1}, kBlock - 1, kBlock, kBlock + 1, 3 * kBlock, 3 * kBlock + 1000}) {
    const std::string text = SampleText(static_cast<size_t>(size));
    ASSERT_TRUE(Put(*spool, "shop", "report", text).ok());
    // Around every boundary of a block, from every such offset.
    std::vector<int64_t> marks = {0, size};
    for (int64_t boundary = kBlock; boundary <= size; boundary += kBlock) {
      for (const int64_t around : {boundary - 1, boundary, boundary + 1}) marks.push_back(std::min(around, size));
    }
    for (const int64_t offset : marks) {
      for (const int64_t count : {int64_t{1}, int64_t{100}, kBlock, kBlock + 1, 2 * kBlock, 10 * kBlock}) {
        const auto part = spool->Read("shop", "report", offset, count);
        ASSERT_TRUE(part.ok()) << part.status();
        EXPECT_EQ(part->document_size, size);
        ASSERT_TRUE(part->bytes == text.substr(static_cast<size_t>(offset), static_cast<size_t>(count)))
            << size << " at " << offset << " + " << count;
      }
    }
    EXPECT_TRUE(absl::IsInvalidArgument(spool->Read("shop", "report", size + 1, 1).status()));
  }
}

TEST_F(SpoolTest, HoweverItIsWritten_ItIsTheSame) {
  const auto spool = OpenSpool();
  const std::string text = SampleText(5 * kBlock + 77);
  SeededRng rng(1);
  for (const size_t most : {size_t{10'000}, size_t{70'000}, size_t{300'000}}) {
    const auto incoming = spool->Begin("shop", "report");
    ASSERT_TRUE(incoming.ok());
    for (std::string_view rest = text; !rest.empty();) {
      const size_t size = std::min<size_t>(rest.size(), rng.Below(most) + 1);
      ASSERT_TRUE((*incoming)->Append(rest.substr(0, size)).ok());
      rest.remove_prefix(size);
    }
    ASSERT_TRUE((*incoming)->Commit("", 0).ok());
    EXPECT_TRUE(spool->Read("shop", "report", 0, 1 << 30)->bytes == text) << most;
  }
}

TEST_F(SpoolTest, ADocument_SurvivesARestart_WithWhatIsKnownOfIt) {
  ASSERT_TRUE(Put(*OpenSpool(), "shop", "report", "text").ok());
  const auto spool = OpenSpool();
  const auto facts = spool->Find("shop", "report");
  ASSERT_TRUE(facts.ok() && facts->has_value()) << facts.status();
  EXPECT_EQ((*facts)->size, 4);
  EXPECT_EQ((*facts)->charset, "UTF-8");
  EXPECT_EQ((*facts)->undecodable, 7);
  EXPECT_EQ(spool->Read("shop", "report", 0, 100)->bytes, "text");
  EXPECT_EQ(spool->bytes(), static_cast<int64_t>(std::filesystem::file_size(spool_folder() + "/shop/report.doc")));
}

TEST_F(SpoolTest, NothingOfADocument_IsReadableOnTheDisk_OrByOthers) {
  const auto spool = OpenSpool();
  ASSERT_TRUE(Put(*spool, "shop", "report", SampleText(100'000)).ok());
  const std::string file = GetFile(spool_folder() + "/shop/report.doc");
  EXPECT_THAT(file, Not(HasSubstr("A mug, no.")));
  EXPECT_THAT(file, Not(HasSubstr("UTF-8")));
  struct stat info {};
  for (const auto& [path, mode] :
       std::map<std::string, mode_t>{{"", 0700}, {"/shop", 0700}, {"/shop/report.doc", 0600}}) {
    ASSERT_EQ(stat((spool_folder() + path).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, mode) << path;
  }
}

TEST_F(SpoolTest, NamesAreOfTheAccount) {
  const auto spool = OpenSpool();
  ASSERT_TRUE(Put(*spool, "shop", "report", "of the shop").ok());
  ASSERT_TRUE(Put(*spool, "other", "report", "of the other").ok());
  EXPECT_EQ(spool->Read("shop", "report", 0, 100)->bytes, "of the shop");
  EXPECT_EQ(spool->Read("other", "report", 0, 100)->bytes, "of the other");
  ExpectGone(spool->Read("third", "report", 0, 100).status(), Reason::kDocumentNotFound);
  EXPECT_FALSE(spool->Find("third", "report")->has_value());
}

TEST_F(SpoolTest, AWholeDocument_ReplacesOneOfTheSameName) {
  const auto spool = OpenSpool();
  ASSERT_TRUE(Put(*spool, "shop", "report", "first").ok());
  const int64_t before = spool->bytes();
  ASSERT_TRUE(Put(*spool, "shop", "report", "2nd..").ok());
  EXPECT_EQ(spool->Read("shop", "report", 0, 100)->bytes, "2nd..");
  EXPECT_EQ(spool->bytes(), before);
  EXPECT_THAT(Files(), ElementsAre("shop/report.doc"));
}

TEST_F(SpoolTest, NamesThatLookLikePaths_StayWhereTheyBelong) {
  const auto spool = OpenSpool();
  for (const char* name : {".", "..", "...", "x.doc", "x.1.part", "-", ".doc", ".part"}) {
    ASSERT_TRUE(Put(*spool, "shop", name, name).ok()) << name;
  }
  EXPECT_EQ(Files().size(), 8u);
  for (const std::string& file : Files()) EXPECT_TRUE(file.starts_with("shop/")) << file;
  const auto again = OpenSpool();
  for (const char* name : {".", "..", "...", "x.doc", "x.1.part", "-", ".doc", ".part"})
    EXPECT_EQ(again->Read("shop", name, 0, 100)->bytes, name);
}

// Half written

TEST_F(SpoolTest, WhatIsNotCommitted_WasNeverThere) {
  const auto spool = OpenSpool();
  {
    const auto incoming = spool->Begin("shop", "report");
    ASSERT_TRUE((*incoming)->Append(SampleText(200'000)).ok());
    EXPECT_EQ(spool->bytes(), 200'000);
    ExpectGone(spool->Read("shop", "report", 0, 1).status(), Reason::kDocumentNotFound);
  }
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_EQ(spool->bytes(), 0);
}

TEST_F(SpoolTest, Release_RemovesIt_AndWhatIsNotThereIsReleased) {
  const auto spool = OpenSpool();
  ASSERT_TRUE(Put(*spool, "shop", "report", "text").ok());
  EXPECT_TRUE(spool->Release("shop", "report").ok());
  ExpectGone(spool->Read("shop", "report", 0, 1).status(), Reason::kDocumentNotFound);
  EXPECT_EQ(spool->bytes(), 0);
  EXPECT_TRUE(spool->Release("shop", "report").ok());
  EXPECT_TRUE(spool->Release("nobody", "report").ok());
}

TEST_F(SpoolTest, ReleaseAccount_RemovesWhatIsItsOwn) {
  const auto spool = OpenSpool();
  for (const char* name : {"a", "b"}) ASSERT_TRUE(Put(*spool, "shop", name, "text").ok());
  ASSERT_TRUE(Put(*spool, "other", "a", "text").ok());
  EXPECT_TRUE(spool->ReleaseAccount("shop").ok());
  EXPECT_TRUE(spool->ReleaseAccount("nobody").ok());
  EXPECT_THAT(Files(), ElementsAre("other/a.doc"));
  EXPECT_THAT(spool->Accounts().value(), ElementsAre("other")) << "nor is its folder left";
}

TEST_F(SpoolTest, WhatIsOnItsWay_WhenItsAccountIsReleased_ComesToNothing) {
  const auto spool = OpenSpool();
  const auto released = spool->Begin("shop", "report");
  const auto others = spool->Begin("other", "report");
  for (const auto* incoming : {&released, &others}) ASSERT_TRUE((**incoming)->Append("text").ok());
  ASSERT_TRUE(spool->ReleaseAccount("shop").ok());
  // Of an account of the same name, made since.
  const auto since = spool->Begin("shop", "report");
  EXPECT_TRUE((*released)->is_released());
  EXPECT_TRUE(absl::IsCancelled((*released)->Append("more")));
  EXPECT_TRUE(absl::IsCancelled((*released)->Commit("", 0).status()));
  EXPECT_FALSE(spool->Find("shop", "report")->has_value());
  ASSERT_TRUE((*since)->Append("text").ok());
  EXPECT_TRUE((*since)->Commit("", 0).ok());
  EXPECT_TRUE((*others)->Commit("", 0).ok());
}

// Kills. The child does what the host would, and dies by its own hand.
class KilledSpoolTest : public SpoolTest {
 protected:
  void PutUntil(const std::string& fail_point) {
    const pid_t child = fork();
    if (child == 0) {
      const auto spool = DocumentSpool::Open({.folder = spool_folder(), .min_free_bytes = 0}, cipher_, clock_, log_);
      _exit(ArmFailPoint(fail_point).ok() && spool.ok() && Put(**spool, "shop", "report", SampleText(300'000)).ok()
                ? 0
                : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }
};

TEST_F(KilledSpoolTest, BeforeTheCommit_NothingIsThere_AndTheHalfFileGoesAtTheNextStart) {
  PutUntil("document-before-commit");
  EXPECT_THAT(Files(), ElementsAre("shop/report.1.part"));
  const auto spool = OpenSpool();
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_EQ(spool->bytes(), 0);
  ExpectGone(spool->Read("shop", "report", 0, 1).status(), Reason::kDocumentNotFound);
  ASSERT_TRUE(Put(*spool, "shop", "report", "text").ok());
}

TEST_F(KilledSpoolTest, AfterTheCommit_ItIsThere) {
  PutUntil("document-after-commit");
  const auto spool = OpenSpool();
  EXPECT_THAT(Files(), ElementsAre("shop/report.doc"));
  EXPECT_TRUE(spool->Read("shop", "report", 0, 1 << 20)->bytes == SampleText(300'000));
}

// Damage

class DamagedSpoolTest : public SpoolTest {
 protected:
  void SetUp() override {
    text_ = SampleText(2 * kBlock + 500);
    ASSERT_TRUE(Put(*spool_, "shop", "report", text_).ok());
    whole_ = GetFile(path_);
  }
  // In place of the document's file, as old as that.
  void Change(const std::string& bytes) {
    PutFile(path_, bytes);
    const timespec now{.tv_sec = clock_.Now() / kSecondUs, .tv_nsec = 0};
    const timespec times[2] = {now, now};
    ASSERT_EQ(utimensat(AT_FDCWD, path_.c_str(), times, 0), 0);
  }
  // It is found out at the latest when what was changed is read; then the file is gone, and it can be fetched again.
  void ExpectFoundOut(const std::string& changed, const std::string& how) {
    Change(changed);
    log_.text.clear();
    ExpectGone(spool_->Read("shop", "report", 0, 1 << 30).status(), Reason::kDocumentDamaged);
    EXPECT_THAT(log_.text, HasSubstr("a document was damaged")) << how;
    EXPECT_THAT(Files(), IsEmpty()) << how;
    ExpectGone(spool_->Read("shop", "report", 0, 1).status(), Reason::kDocumentNotFound);
  }

  const std::string path_ = spool_folder() + "/shop/report.doc";
  const std::unique_ptr<DocumentSpool> spool_ = OpenSpool();
  std::string text_;
  std::string whole_;
};

TEST_F(DamagedSpoolTest, AByteChangedAnywhere_IsFoundOut) {
  SeededRng rng(7);
  std::vector<size_t> places = {0, 11, 12, whole_.size() - 1, whole_.size() - 8, whole_.size() - 12};
  for (int i = 0; i < 40; ++i) places.push_back(rng.Below(whole_.size()));
  for (size_t back = 13; back < 100; ++back) places.push_back(whole_.size() - back);  // the footer
  for (const size_t place : places) {
    std::string changed = whole_;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    ExpectFoundOut(changed, "byte " + std::to_string(place));
  }
}

TEST_F(DamagedSpoolTest, AFileCutAnywhere_IsFoundOut) {
  for (size_t length = 0; length < whole_.size(); length += 4999)
    ExpectFoundOut(whole_.substr(0, length), "cut at " + std::to_string(length));
  ExpectFoundOut(whole_ + "x", "longer");
}

TEST_F(DamagedSpoolTest, BlocksInAnotherOrder_AreFoundOut) {
  const size_t sealed = kBlock + Aead::kOverhead;
  ExpectFoundOut(whole_.substr(sealed, sealed) + whole_.substr(0, sealed) + whole_.substr(2 * sealed), "swapped");
  ExpectFoundOut(whole_.substr(0, sealed) + whole_.substr(0, sealed) + whole_.substr(2 * sealed), "repeated");
  ExpectFoundOut(whole_.substr(sealed), "the first is missing");
}

TEST_F(DamagedSpoolTest, AnotherDocumentUnderThisName_IsFoundOut) {
  ASSERT_TRUE(Put(*spool_, "shop", "second", text_).ok());
  ASSERT_TRUE(Put(*spool_, "other", "report", text_).ok());
  for (const char* from : {"/shop/second.doc", "/other/report.doc"}) {
    Change(GetFile(spool_folder() + from));
    ExpectGone(spool_->Read("shop", "report", 0, 1).status(), Reason::kDocumentDamaged);
  }
  // Its blocks under this document's footer.
  const size_t sealed = kBlock + Aead::kOverhead;
  Change(GetFile(spool_folder() + "/shop/second.doc").substr(0, sealed) + whole_.substr(sealed));
  ExpectGone(spool_->Read("shop", "report", 0, 1).status(), Reason::kDocumentDamaged);
}

TEST_F(DamagedSpoolTest, Damage_ShowsWhereItIsRead_AndWhatWasReadBeforeIsSound) {
  std::string changed = whole_;
  changed[static_cast<size_t>(2 * kBlock) + 100] ^= 1;
  Change(changed);
  EXPECT_TRUE(spool_->Read("shop", "report", 0, 2 * kBlock)->bytes == text_.substr(0, 2 * kBlock));
  ExpectGone(spool_->Read("shop", "report", 2 * kBlock, 1).status(), Reason::kDocumentDamaged);
}

TEST_F(DamagedSpoolTest, ADamagedDocument_IsNotThereForFetching) {
  Change("rubbish");
  const auto facts = spool_->Find("shop", "report");
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_FALSE(facts->has_value());
}

// Age

TEST_F(SpoolTest, AfterTwoDaysOfTheHostsClock_ItIsGone) {
  const auto spool = OpenSpool();
  ASSERT_TRUE(Put(*spool, "shop", "old", "text").ok());
  clock_.Advance(kDayUs);
  ASSERT_TRUE(Put(*spool, "shop", "young", "text").ok());
  clock_.Advance(kDayUs - 1);
  EXPECT_EQ(spool->Sweep(), 0);
  EXPECT_TRUE(spool->Read("shop", "old", 0, 1).ok());
  clock_.Advance(1);
  ExpectGone(spool->Read("shop", "old", 0, 1).status(), Reason::kDocumentNotFound);
  EXPECT_EQ(spool->Sweep(), 1);
  EXPECT_THAT(Files(), ElementsAre("shop/young.doc"));
  EXPECT_EQ(spool->bytes(), static_cast<int64_t>(std::filesystem::file_size(spool_folder() + "/shop/young.doc")));
}

TEST_F(SpoolTest, OldDocuments_GoAtTheStart_WithTheFoldersThatAreEmpty) {
  ASSERT_TRUE(Put(*OpenSpool(), "shop", "old", "text").ok());
  clock_.Advance(kDocumentLifeUs);
  ASSERT_NE(OpenSpool(), nullptr);
  EXPECT_THAT(Files(), IsEmpty());
  ASSERT_NE(OpenSpool(), nullptr);
  EXPECT_FALSE(std::filesystem::exists(spool_folder() + "/shop"));
}

TEST_F(SpoolTest, AClockThatWasSetBackFar_DoesNotKeepThemForEver) {
  const auto spool = OpenSpool();
  ASSERT_TRUE(Put(*spool, "shop", "report", "text").ok());
  clock_.Set(kDocumentsBegin - kDayUs);
  EXPECT_EQ(spool->Sweep(), 0);
  clock_.Set(kDocumentsBegin - 30 * kDayUs);
  EXPECT_EQ(spool->Sweep(), 1);
}

TEST_F(SpoolTest, WhatIsNotOurs_IsLeftAlone) {
  const auto spool = OpenSpool();
  PutFile(spool_folder() + "/notes.txt", "of the operator");
  PutFile(spool_folder() + "/shop/notes.txt", "of the operator");
  clock_.Advance(10 * kDayUs);
  EXPECT_EQ(spool->Sweep(), 0);
  ASSERT_NE(OpenSpool(), nullptr);
  EXPECT_THAT(Files(), ElementsAre("notes.txt", "shop/notes.txt"));
}

// Room

TEST_F(SpoolTest, TheLimit_IsOfAllDocumentsTogether_AndRoomComesBack) {
  const auto spool = OpenSpool(1'000'000);
  ASSERT_TRUE(Put(*spool, "shop", "first", std::string(600'000, 'x')).ok());
  const absl::Status full = Put(*spool, "other", "second", std::string(600'000, 'x'));
  EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
  EXPECT_TRUE(HasReason(full, Reason::kDocumentSpoolFull)) << full;
  EXPECT_EQ(MetadataOf(full)["max_bytes"], "1000000");
  EXPECT_THAT(Files(), ElementsAre("shop/first.doc"));
  {
    const auto half = spool->Begin("shop", "half");
    ASSERT_TRUE((*half)->Append(std::string(300'000, 'x')).ok());
    EXPECT_FALSE(Put(*spool, "shop", "third", std::string(200'000, 'x')).ok()) << "those on their way in count, too";
  }
  EXPECT_TRUE(Put(*spool, "shop", "third", std::string(200'000, 'x')).ok());
  ASSERT_TRUE(spool->Release("shop", "first").ok());
  EXPECT_TRUE(Put(*spool, "other", "second", std::string(600'000, 'x')).ok());
  clock_.Advance(kDocumentLifeUs);
  EXPECT_TRUE(Put(*spool, "other", "fourth", std::string(900'000, 'x')).ok()) << "the old ones make room";
}

TEST_F(SpoolTest, TheDatabasesShareOfTheDisk_IsNotTaken) {
  const auto spool = OpenSpool(int64_t{1} << 40, int64_t{1} << 60);
  const absl::Status status = Put(*spool, "shop", "report", "x");
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_TRUE(HasReason(status, Reason::kDiskFull)) << status;
  EXPECT_THAT(Files(), IsEmpty());
}

// The system refuses to write on, as a full disk does.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallFiles() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
};

TEST_F(SpoolTest, AFullDisk_IsSaid_AndNothingIsKept) {
  const auto spool = OpenSpool();
  for (const int64_t room : {int64_t{0}, int64_t{1000}, kBlock + 100, 2 * kBlock, 3 * kBlock + 100}) {
    const SmallFiles limit(static_cast<rlim_t>(room));
    const absl::Status status = Put(*spool, "shop", "report", std::string(3 * kBlock, 'x'));
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << room << ": " << status;
    EXPECT_TRUE(HasReason(status, Reason::kDiskFull)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("nothing of this one is kept"));
    EXPECT_THAT(Files(), IsEmpty());
    EXPECT_EQ(spool->bytes(), 0);
  }
}

TEST_F(SpoolTest, AFolderThatCannotBeUsed_IsSaidAtTheStart) {
  PutFile(spool_folder(), "a file");
  const auto spool = DocumentSpool::Open({.folder = folder_ / "missing/documents"}, cipher_, clock_, log_);
  EXPECT_EQ(spool.status().code(), absl::StatusCode::kInternal) << spool.status();
  EXPECT_FALSE(DocumentSpool::Open({.folder = spool_folder()}, cipher_, clock_, log_).ok());
}

}  // namespace
}  // namespace quayside
