#include "host/net/document_sweep.h"

#include "host/net/documents_test_support.h"
#include "host/store/forwarding_store.h"
#include "host/store/sqlite_store.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class DocumentSweepTest : public DocumentsTest {
 protected:
  void SetUp() override {
    DocumentsTest::SetUp();
    auto opened = OpenSqliteStore({.data_dir = folder_ / "data"});
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    Write([](Tx& tx) { return tx.PutAccount({.id = "shop", .plugin_id = "amazon", .revision = 1}); });
  }
  void Write(const std::function<absl::Status(Tx&)>& fn) {
    const absl::Status status = store_->Write(fn);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Sweep() { DocumentSweep(*store_, *spool_, *service_, log_).Run(); }
  [[nodiscard]] bool HasFolder(const std::string& account) const {
    return std::filesystem::exists(spool_folder() + "/" + account);
  }

  const std::unique_ptr<DocumentService> service_ = Make();
  std::unique_ptr<Store> store_;
};

// As a host leaves them that dies between the deletion of the account and the release of its documents.
TEST_F(DocumentSweepTest, DocumentsOfAnAccountThatIsGone_GoWithTheirFolder_AndOthersStay) {
  for (const char* account : {"shop", "gone"}) ASSERT_TRUE(Put(*spool_, account, "report", "text").ok());
  Sweep();
  EXPECT_THAT(Files(), ElementsAre("shop/report.doc"));
  EXPECT_FALSE(HasFolder("gone"));
  EXPECT_THAT(log_.text, HasSubstr("account=gone"));
  EXPECT_THAT(log_.text, Not(HasSubstr("account=shop")));

  Write([](Tx& tx) { return tx.DeleteAccount("shop"); });
  Sweep();
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_EQ(spool_->bytes(), 0);
}

TEST_F(DocumentSweepTest, WhatIsTooOld_GoesOfEveryAccount) {
  ASSERT_TRUE(Put(*spool_, "shop", "report", "text").ok());
  clock_.Advance(kDocumentLifeUs);
  Sweep();
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_TRUE(HasFolder("shop"));
}

// Somebody else's folders, and files, are nobody's account.
TEST_F(DocumentSweepTest, WhatIsNoAccountsFolder_IsLeftAlone) {
  std::filesystem::create_directories(spool_folder() + "/lost+found");
  PutFile(spool_folder() + "/notes", "text");
  Sweep();
  EXPECT_TRUE(HasFolder("lost+found"));
  EXPECT_THAT(Files(), ElementsAre("notes"));
}

// Its step was about to fetch when the account was deleted: what came in part and what is on its way go, too.
TEST_F(DocumentSweepTest, WhatIsOnItsWay_ForAnAccountThatIsGone_ComesToNothing) {
  const auto incoming = spool_->Begin("gone", "report");
  ASSERT_TRUE(incoming.ok() && (*incoming)->Append("text").ok());
  Sweep();
  EXPECT_TRUE(absl::IsCancelled((*incoming)->Commit("", 0).status()));
}

// A store that cannot be asked has not said that there is no such account.
TEST_F(DocumentSweepTest, WhenTheStoreDoesNotAnswer_NothingIsReleased) {
  class SilentStore final : public ForwardingStore {
   public:
    using ForwardingStore::ForwardingStore;
    absl::Status Read(absl::FunctionRef<absl::Status(ReadTx&)>) override {
      return absl::UnavailableError("too many readers");
    }
  };
  ASSERT_TRUE(Put(*spool_, "shop", "report", "text").ok());
  SilentStore silent(*store_);
  DocumentSweep(silent, *spool_, *service_, log_).Run();
  EXPECT_THAT(Files(), ElementsAre("shop/report.doc"));
  EXPECT_THAT(log_.text, HasSubstr("too many readers"));
}

}  // namespace
}  // namespace quayside
