#include "host/plugin/elf_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/base/text.h"
#include "host/plugin/elf_for_tests.h"
#include "host/plugin/errors_for_tests.h"
#include "sdk/lint/forbidden_imports.h"

namespace quayside {
namespace {

using lint::WhyForbidden;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const LintHost kHost = {"libprotobuf-lite.so.32", "2.36"};

std::vector<LintFinding> Lint(const ElfRecipe& recipe) {
  const auto facts = ReadElf(MakeElf(recipe));
  EXPECT_TRUE(facts.ok()) << facts.status();
  return LintElf(facts.value_or(ElfFacts{}), kHost);
}

// The one finding.
void ExpectFinding(const ElfRecipe& recipe, const std::string& id, LintWeight weight,
                   const ::testing::Matcher<std::string>& line) {
  const auto findings = Lint(recipe);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].id, id);
  EXPECT_EQ(findings[0].weight, weight);
  EXPECT_THAT(LintLine(findings[0]), line);
}

std::vector<ElfSymbol> Importing(const std::vector<std::string>& names) {
  std::vector<ElfSymbol> symbols = {{.name = "qs_plugin_entry_v1"}};
  for (const std::string& name : names) symbols.push_back({.name = name, .section = SHN_UNDEF});
  return symbols;
}

TEST(ElfLintTest, AGoodLibrary_HasNoFindings) {
  EXPECT_THAT(Lint({.symbols = Importing({"malloc", "memcpy", "__cxa_atexit", "pthread_mutex_lock", "abort"}),
                    .needed = {"libprotobuf-lite.so.32", "libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libc.so.6",
                               "ld-linux-x86-64.so.2"}}),
              IsEmpty());
}

TEST(ElfLintTest, EntryMissing_NamesTheMacro) {
  const auto message =
      HasSubstr("plugin.so does not export qs_plugin_entry_v1: use QUAYSIDE_PLUGIN(Type) and quayside_add_plugin()");
  ExpectFinding({.symbols = {}}, "NO_ENTRY", LintWeight::kRefused, message);
  ExpectFinding({.symbols = {{.name = "qs_plugin_entry_v1", .section = SHN_UNDEF}}}, "NO_ENTRY", LintWeight::kRefused,
                message);
}

TEST(ElfLintTest, OtherExports_AreNamed_WithTheScript) {
  ExpectFinding({.symbols = {{.name = "qs_plugin_entry_v1"}, {.name = "one"}, {.name = "two"}}}, "EXPORTS",
                LintWeight::kRefused,
                AllOf(HasSubstr("exports 2 symbols besides qs_plugin_entry_v1 (one, two)"),
                      HasSubstr("sdk/cmake/plugin.map"), HasSubstr("--version-script")));
  ElfRecipe many;
  for (int i = 0; i < 100; ++i) many.symbols.push_back({.name = Concat("symbol", i)});
  ExpectFinding(many, "EXPORTS", LintWeight::kRefused,
                AllOf(HasSubstr("exports 100 symbols"), HasSubstr("symbol4 and 95 more"), Not(HasSubstr("symbol5"))));
}

TEST(ElfLintTest, WhatKeepsALibraryMapped_IsRefused_NamingTheOption) {
  ExpectFinding({.symbols = {{.name = "qs_plugin_entry_v1"}, {.name = "counter", .binding = STB_GNU_UNIQUE}}}, "UNIQUE",
                LintWeight::kRefused, AllOf(HasSubstr("counter"), HasSubstr("-fno-gnu-unique")));
  ExpectFinding({.entries = {{DT_FLAGS_1, DF_1_NODELETE}}}, "NODELETE", LintWeight::kRefused,
                HasSubstr("-Wl,-z,nodelete"));
  ExpectFinding({.entries = {{DT_FLAGS, DF_STATIC_TLS}}}, "STATIC_TLS", LintWeight::kRefused,
                HasSubstr("-ftls-model=initial-exec"));
}

TEST(ElfLintTest, WhatWeakensTheProcess_IsRefused_NamingTheOption) {
  ExpectFinding({.entries = {{DT_TEXTREL, 0}}}, "TEXTREL", LintWeight::kRefused, HasSubstr("-fPIC"));
  ExpectFinding({.stack_flags = PF_R | PF_W | PF_X}, "EXEC_STACK", LintWeight::kRefused,
                HasSubstr("-Wl,-z,noexecstack"));
  ExpectFinding({.load_flags = PF_R | PF_W | PF_X}, "WRITABLE_CODE", LintWeight::kRefused, HasSubstr("--omagic"));
}

TEST(ElfLintTest, LibrariesFromElsewhere_AreRefused) {
  ExpectFinding({.texts = {{DT_RUNPATH, "/home/me/lib"}}}, "RPATH", LintWeight::kRefused,
                AllOf(HasSubstr("/home/me/lib"), HasSubstr("-rpath")));
  ExpectFinding({.texts = {{DT_AUDIT, "spy.so"}}}, "FILTER", LintWeight::kRefused, HasSubstr("spy.so"));
  ExpectFinding({.needed = {"libcurl.so.4", "libc.so.6", "libssl.so.3"}}, "NEEDED", LintWeight::kRefused,
                AllOf(HasSubstr("needs libcurl.so.4, libssl.so.3"), HasSubstr("--exclude-libs,ALL")));
  // Not the lite runtime: it aborts the process at a reload.
  ExpectFinding({.needed = {"libprotobuf.so.32"}}, "NEEDED", LintWeight::kRefused, HasSubstr("libprotobuf.so.32"));
}

TEST(ElfLintTest, AnotherProtobuf_IsForTheRunner) {
  ExpectFinding({.needed = {"libprotobuf-lite.so.25"}}, "PROTOBUF", LintWeight::kIsolates,
                AllOf(HasSubstr("libprotobuf-lite.so.25"), HasSubstr("the host has libprotobuf-lite.so.32")));
}

TEST(ElfLintTest, ForbiddenImports_AreTold_WithWhatToUseInstead) {
  ExpectFinding({.symbols = Importing({"pthread_create"})}, "IMPORT", LintWeight::kNotInProcess,
                AllOf(HasSubstr("imports pthread_create"), HasSubstr("the host owns threads")));
  ExpectFinding({.symbols = Importing({"socket", "connect"})}, "IMPORT", LintWeight::kNotInProcess,
                AllOf(HasSubstr("imports socket, connect"), HasSubstr("Step::Http()")));
  EXPECT_EQ(Lint({.symbols = Importing({"fork", "sleep", "signal"})}).size(), 3u);
}

TEST(ElfLintTest, WhyForbidden_KnowsTheNamesOfEachKind) {
  for (const char* name : {"_Exit", "_exit", "exit", "fork", "vfork", "execve", "posix_spawn", "socket", "dlopen",
                           "signal", "sigaction", "setlocale", "chdir", "setenv", "nanosleep", "system",
                           "_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE"}) {
    EXPECT_NE(WhyForbidden(name), "") << name;
  }
  for (const char* name : {"", "malloc", "for", "forks", "__cxa_atexit", "pthread_mutex_lock", "abort", "clock_gettime",
                           "_ZNSt6localeC1Ev"}) {
    EXPECT_EQ(WhyForbidden(name), "") << name;
  }
}

TEST(ElfLintTest, ANewerGlibc_IsRefused_NamingBoth) {
  const auto needing = [](const std::string& version) {
    return ElfRecipe{
        .symbols = {{.name = "qs_plugin_entry_v1"}, {.name = "strlcpy", .section = SHN_UNDEF, .version = version}}};
  };
  ExpectFinding(needing("GLIBC_2.38"), "GLIBC", LintWeight::kRefused,
                AllOf(HasSubstr("needs glibc 2.38 for strlcpy; this host has 2.36"), HasSubstr("2.36 or older")));
  for (const char* version : {"GLIBC_2.36", "GLIBC_2.2.5", "GLIBC_2.9", "GLIBC_PRIVATE", "GLIBC_ABI_DT_RELR"}) {
    EXPECT_THAT(Lint(needing(version)), IsEmpty()) << version;
  }
}

TEST(ElfLintTest, CodeAtLoading_IsNoted) {
  ExpectFinding({.entries = {{DT_INIT_ARRAYSZ, 24}}}, "INIT_CODE", LintWeight::kNote, HasSubstr("3 constructors"));
}

TEST(ElfLintTest, RefuseFrom_TellsEveryFindingOfTheWeight_HeaviestFirst) {
  const auto findings = Lint(
      {.symbols = Importing({"fork"}), .entries = {{DT_INIT_ARRAYSZ, 8}, {DT_TEXTREL, 0}, {DT_FLAGS, DF_STATIC_TLS}}});
  std::vector<std::string> ids;
  for (const LintFinding& finding : findings) ids.push_back(finding.id);
  EXPECT_THAT(ids, ElementsAre("STATIC_TLS", "TEXTREL", "IMPORT", "INIT_CODE"));
  ExpectError(RefuseFrom(LintWeight::kRefused, findings), absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid,
              AllOf(HasSubstr("STATIC_TLS"), HasSubstr("TEXTREL"), Not(HasSubstr("fork"))));
  EXPECT_THAT(MessageOf(RefuseFrom(LintWeight::kNotInProcess, findings)), HasSubstr("imports fork"));
  EXPECT_TRUE(RefuseFrom(LintWeight::kRefused, Lint({.symbols = Importing({"fork"})})).ok());
}

TEST(ElfLintTest, ThisHost_KnowsItsRuntimes) {
  EXPECT_THAT(ThisLintHost().protobuf_lite, HasSubstr("libprotobuf-lite.so."));
  EXPECT_THAT(ThisLintHost().glibc, HasSubstr("2."));
}

}  // namespace
}  // namespace quayside
