// Holds docs/reasons.md to the list in host/base/reasons.h. QUAYSIDE_WRITE_DOCS=1 writes it anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "host/api/source_tree_for_tests.h"
#include "host/base/reasons.h"

namespace quayside {
namespace {

std::string ReasonsPage() {
  std::ostringstream page;
  page << "# Reasons\n\n"
          "Every failed call carries one of these in `google.rpc.ErrorInfo.reason`, domain `quayside`. Logs and lanes "
          "use the same words.\n"
          "Written from `host/base/reasons.h` by the test `ReasonsDocTest` with `QUAYSIDE_WRITE_DOCS=1`; do not "
          "edit.\n\n"
          "| reason | meaning and remedy |\n|---|---|\n";
#define QS_X(enumerator, text, meaning) page << "| `" << (text) << "` | " << (meaning) << " |\n";
  QUAYSIDE_REASONS(QS_X)
#undef QS_X
  return page.str();
}

TEST(ReasonsDocTest, PageIsTheList) {
  const std::filesystem::path root = SourceTree();
  if (root.empty()) GTEST_SKIP() << "the source tree is not here";
  const std::filesystem::path path = root / "docs/reasons.md";
  if (const char* write = std::getenv("QUAYSIDE_WRITE_DOCS"); write != nullptr && std::string(write) == "1") {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << ReasonsPage();
  }
  std::ifstream file(path);
  std::ostringstream present;
  present << file.rdbuf();
  EXPECT_EQ(present.str(), ReasonsPage()) << "run this test with QUAYSIDE_WRITE_DOCS=1";
}

}  // namespace
}  // namespace quayside
