#include "host/plugin/elf_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/plugin/elf_for_tests.h"
#include "host/plugin/errors_for_tests.h"

namespace quayside {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

void ExpectElfRefused(std::string_view bytes, const std::string& finding) {
  const auto facts = ReadElf(bytes);
  ASSERT_FALSE(facts.ok());
  ExpectError(facts.status(), absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid, HasSubstr(finding));
}

ElfFacts Facts(const ElfRecipe& recipe) {
  const auto facts = ReadElf(MakeElf(recipe));
  EXPECT_TRUE(facts.ok()) << facts.status();
  return facts.value_or(ElfFacts{});
}

// Offset of the n-th program header's field.
constexpr size_t InSegment(size_t number, size_t field) {
  return sizeof(Elf64_Ehdr) + number * sizeof(Elf64_Phdr) + field;
}

// Offset of the value of the dynamic entry with the tag.
size_t ValueOf(const std::string& bytes, Elf64_Sxword tag) {
  Elf64_Off at = 0;
  std::memcpy(&at, bytes.data() + InSegment(1, offsetof(Elf64_Phdr, p_offset)), sizeof at);
  for (;; at += sizeof(Elf64_Dyn)) {
    Elf64_Sxword here = 0;
    std::memcpy(&here, bytes.data() + at, sizeof here);
    if (here == tag) return at + offsetof(Elf64_Dyn, d_un);
    if (here == DT_NULL) throw std::logic_error("the library has no such entry");
  }
}

TEST(ElfFileTest, ReadElf_NamesWhatIsExportedImportedAndNeeded) {
  const ElfFacts facts = Facts({.symbols = {{.name = "qs_plugin_entry_v1"},
                                            {.name = "weak", .binding = STB_WEAK},
                                            {.name = "malloc", .section = SHN_UNDEF},
                                            {.name = "hook", .binding = STB_WEAK, .section = SHN_UNDEF}},
                                .needed = {"libstdc++.so.6", "libc.so.6"}});
  EXPECT_THAT(facts.exported, ElementsAre("qs_plugin_entry_v1", "weak"));
  EXPECT_THAT(facts.imported, ElementsAre("malloc", "hook"));
  EXPECT_THAT(facts.needed, ElementsAre("libstdc++.so.6", "libc.so.6"));
  EXPECT_THAT(facts.unique, IsEmpty());
}

TEST(ElfFileTest, ReadElf_TellsUniqueSymbolsApart) {
  const ElfFacts facts = Facts({.symbols = {{.name = "counter", .binding = STB_GNU_UNIQUE}, {.name = "entry"}}});
  EXPECT_THAT(facts.unique, ElementsAre("counter"));
  EXPECT_THAT(facts.exported, ElementsAre("entry"));
}

TEST(ElfFileTest, ReadElf_LeavesOutWhatNobodyElseCanBindTo) {
  const ElfFacts facts = Facts({.symbols = {{.name = "version_tag", .section = SHN_ABS},
                                            {.name = "local", .binding = STB_LOCAL},
                                            {.name = "hidden", .visibility = STV_HIDDEN},
                                            {.name = "protected", .visibility = STV_PROTECTED}}});
  EXPECT_THAT(facts.exported, ElementsAre("protected"));
}

TEST(ElfFileTest, ReadElf_SaysWhichVersionsItAsksFor_AndWhatFor) {
  const ElfFacts facts = Facts({.symbols = {{.name = "strlcpy", .section = SHN_UNDEF, .version = "GLIBC_2.38"},
                                            {.name = "free", .section = SHN_UNDEF, .version = "GLIBC_2.2.5"}}});
  ASSERT_EQ(facts.versions.size(), 2u);
  EXPECT_EQ(facts.versions[0].library, "libc.so.6");
  EXPECT_EQ(facts.versions[0].version, "GLIBC_2.38");
  EXPECT_EQ(facts.versions[0].symbol, "strlcpy");
  EXPECT_EQ(facts.versions[1].symbol, "free");
}

TEST(ElfFileTest, APlainLibrary_HasNoneOfTheFlags) {
  const ElfFacts facts = Facts({});
  EXPECT_FALSE(facts.nodelete || facts.static_tls || facts.text_relocations || facts.executable_stack ||
               facts.writable_code);
  EXPECT_EQ(facts.constructors + facts.destructors, 0);
  EXPECT_THAT(facts.search_paths, IsEmpty());
  EXPECT_THAT(facts.other_libraries, IsEmpty());
}

TEST(ElfFileTest, EachFlagIsSeen) {
  EXPECT_TRUE(Facts({.entries = {{DT_FLAGS_1, DF_1_NODELETE | DF_1_NOW}}}).nodelete);
  EXPECT_TRUE(Facts({.entries = {{DT_FLAGS, DF_STATIC_TLS}}}).static_tls);
  EXPECT_TRUE(Facts({.entries = {{DT_FLAGS, DF_TEXTREL}}}).text_relocations);
  EXPECT_TRUE(Facts({.entries = {{DT_TEXTREL, 0}}}).text_relocations);
  EXPECT_TRUE(Facts({.stack_flags = PF_R | PF_W | PF_X}).executable_stack);
  EXPECT_TRUE(Facts({.load_flags = PF_R | PF_W | PF_X}).writable_code);
}

// glibc gives it one, then.
TEST(ElfFileTest, NoWordAboutTheStack_IsAnExecutableOne) {
  EXPECT_TRUE(Facts({.stack_flags = std::nullopt}).executable_stack);
}

TEST(ElfFileTest, SearchPathsAndOtherLibraries_AreNamed) {
  const ElfFacts facts =
      Facts({.texts = {{DT_RPATH, "/old"}, {DT_RUNPATH, "$ORIGIN"}, {DT_AUDIT, "spy.so"}, {DT_FILTER, "other.so"}}});
  EXPECT_THAT(facts.search_paths, ElementsAre("/old", "$ORIGIN"));
  EXPECT_THAT(facts.other_libraries, ElementsAre("spy.so", "other.so"));
}

TEST(ElfFileTest, CodeThatRunsAtLoading_IsCounted) {
  const ElfFacts facts = Facts({.entries = {{DT_INIT, 64}, {DT_INIT_ARRAYSZ, 16}, {DT_FINI_ARRAYSZ, 8}}});
  EXPECT_EQ(facts.constructors, 3);
  EXPECT_EQ(facts.destructors, 1);
}

// A hash table that hides a symbol does not hide it from the loader.
TEST(ElfFileTest, ASymbolThatOnlyARelocationNames_IsSeen) {
  const std::string all =
      MakeElf({.symbols = {{.name = "entry"}, {.name = "fork", .section = SHN_UNDEF}}, .entries = {{DT_RELASZ, 24}}});
  uint64_t hash = 0;
  std::memcpy(&hash, all.data() + ValueOf(all, DT_HASH), sizeof hash);
  std::string hidden = Patched<Elf64_Word>(all, hash + sizeof(Elf64_Word), 2);
  ASSERT_THAT(ReadElf(hidden)->imported, IsEmpty());
  const Elf64_Rela relocation{0, ELF64_R_INFO(2, 1), 0};
  const std::string text(reinterpret_cast<const char*>(&relocation), sizeof relocation);
  hidden = MakeElf({.symbols = {{.name = "entry"}, {.name = "fork", .section = SHN_UNDEF}},
                    .texts = {{DT_RPATH, std::string(64, 'x')}},
                    .entries = {{DT_RELASZ, 24}, {DT_RELA, 0}}});
  const size_t room = hidden.find(std::string(64, 'x'));
  hidden.replace(room, text.size(), text);
  hidden = Patched<uint64_t>(hidden, ValueOf(hidden, DT_RELA), room);
  std::memcpy(&hash, hidden.data() + ValueOf(hidden, DT_HASH), sizeof hash);
  hidden = Patched<Elf64_Word>(hidden, hash + sizeof(Elf64_Word), 2);
  const auto facts = ReadElf(hidden);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_THAT(facts->imported, ElementsAre("fork"));
}

TEST(ElfFileTest, NotElf_IsRefused_WithTheHelperToUse) {
  for (const std::string& bytes : {std::string(), std::string("#!/bin/sh\n"), std::string(4096, '\0'),
                                   std::string("\x7f"
                                               "ELG",
                                               4)}) {
    ExpectElfRefused(bytes, "is no ELF file: build it with quayside_add_plugin()");
  }
}

TEST(ElfFileTest, AnotherMachine_IsRefused_NamingThisHosts) {
  const std::string good = MakeElf();
  for (const std::string& bytes :
       {Patched<Elf64_Half>(good, offsetof(Elf64_Ehdr, e_machine), EM_RISCV),
        Patched<Elf64_Half>(good, offsetof(Elf64_Ehdr, e_machine), EM_386),
        Patched<unsigned char>(good, EI_CLASS, ELFCLASS32), Patched<unsigned char>(good, EI_DATA, ELFDATA2MSB)}) {
    ExpectElfRefused(bytes, "was built for another architecture; this host is ");
  }
}

TEST(ElfFileTest, ProgramOrObjectFile_IsRefused) {
  for (const Elf64_Half type : {ET_EXEC, ET_REL, ET_CORE}) {
    ExpectElfRefused(Patched<Elf64_Half>(MakeElf(), offsetof(Elf64_Ehdr, e_type), type),
                     "is no shared library (link it with -shared)");
  }
  ExpectElfRefused(MakeElf({.entries = {{DT_FLAGS_1, DF_1_PIE}}}), "is a program");
}

TEST(ElfFileTest, NoProgramHeaders_IsRefused) {
  ExpectElfRefused(Patched<Elf64_Half>(MakeElf(), offsetof(Elf64_Ehdr, e_phnum), 0), "has no program headers");
}

TEST(ElfFileTest, NoDynamicSection_IsRefused) {
  ExpectElfRefused(Patched<Elf64_Word>(MakeElf(), InSegment(1, offsetof(Elf64_Phdr, p_type)), Elf64_Word{PT_NOTE}),
                   "has no dynamic section");
}

TEST(ElfFileTest, OverlappingSegments_AreRefused) {
  std::string bytes = MakeElf();
  Elf64_Phdr load{};
  std::memcpy(&load, bytes.data() + InSegment(0, 0), sizeof load);
  ExpectElfRefused(Patched(bytes, InSegment(2, 0), load), "has damaged program headers");
}

TEST(ElfFileTest, EveryCut_IsRefused) {
  const std::string good = MakeElf();
  ASSERT_TRUE(ReadElf(good).ok());
  for (size_t length = 0; length < good.size(); ++length) {
    // Exactly as long as it claims, so that a sanitizer sees a read behind the end.
    const std::string cut(good.data(), length);
    const auto facts = ReadElf(cut);
    ASSERT_FALSE(facts.ok()) << "cut at " << length << " of " << good.size();
    ASSERT_TRUE(HasReason(facts.status(), Reason::kBundleInvalid)) << facts.status();
    if (length < SELFMAG) continue;
    ASSERT_THAT(MessageOf(facts.status()), HasSubstr("truncated")) << "cut at " << length;
  }
}

TEST(ElfFileTest, AnyDamagedByte_IsAnAnswerAndNoCrash) {
  const std::string good = MakeElf({.symbols = {{.name = "qs_plugin_entry_v1"},
                                                {.name = "other"},
                                                {.name = "in", .section = SHN_UNDEF, .version = "GLIBC_2.34"}},
                                    .texts = {{DT_RUNPATH, "/opt"}}});
  for (size_t at = 0; at < good.size(); ++at) {
    for (const unsigned char value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::string damaged = good;
      damaged[at] = static_cast<char>(value);
      const auto facts = ReadElf(damaged);
      ASSERT_TRUE(facts.ok() || HasReason(facts.status(), Reason::kBundleInvalid))
          << "byte " << at << ": " << facts.status();
    }
  }
}

TEST(ElfFileTest, FieldsThatPointFarAway_AreAnAnswerAndNoCrash) {
  const std::string good =
      MakeElf({.symbols = {{.name = "in", .section = SHN_UNDEF, .version = "GLIBC_2.34"}},
               .entries = {{DT_GNU_HASH, 64}, {DT_RELA, 64}, {DT_RELASZ, 24}, {DT_JMPREL, 64}, {DT_PLTRELSZ, 0}}});
  std::vector<size_t> fields = {offsetof(Elf64_Ehdr, e_phoff), offsetof(Elf64_Ehdr, e_shoff)};
  for (size_t segment = 0; segment < 2; ++segment) {
    for (const size_t field : {offsetof(Elf64_Phdr, p_offset), offsetof(Elf64_Phdr, p_vaddr),
                               offsetof(Elf64_Phdr, p_filesz), offsetof(Elf64_Phdr, p_memsz)}) {
      fields.push_back(InSegment(segment, field));
    }
  }
  for (const Elf64_Sxword tag : {DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SYMTAB, DT_HASH, DT_GNU_HASH, DT_VERSYM, DT_VERNEED,
                                 DT_VERNEEDNUM, DT_RELA, DT_RELASZ, DT_JMPREL, DT_PLTRELSZ}) {
    fields.push_back(ValueOf(good, tag));
  }
  for (const size_t field : fields) {
    for (const uint64_t value : {uint64_t{0}, uint64_t{1}, uint64_t{good.size() - 4}, uint64_t{1} << 31,
                                 uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{0} - good.size()}) {
      const auto facts = ReadElf(Patched<uint64_t>(good, field, value));
      EXPECT_TRUE(facts.ok() || HasReason(facts.status(), Reason::kBundleInvalid)) << facts.status();
    }
  }
}

// A thousand symbols that share a text of 8 KiB, in a file of 40 KiB.
TEST(ElfFileTest, ManySymbolsOfOneLongName_CostNoMoreThanTheLimit) {
  ElfRecipe recipe{.symbols = {{.name = std::string(8000, 'a')}}};
  for (int i = 0; i < 20'000; ++i) recipe.symbols.push_back({.name = "b"});
  std::string bytes = MakeElf(recipe);
  uint64_t table = 0;
  std::memcpy(&table, bytes.data() + ValueOf(bytes, DT_SYMTAB), sizeof table);
  Elf64_Word name = 0;
  std::memcpy(&name, bytes.data() + table + sizeof(Elf64_Sym), sizeof name);
  for (size_t i = 1; i <= 20'000; ++i) {
    std::memcpy(bytes.data() + table + i * sizeof(Elf64_Sym), &name, sizeof name);
  }
  const auto facts = ReadElf(bytes);
  ASSERT_FALSE(facts.ok());
  EXPECT_THAT(MessageOf(facts.status()), StartsWith("plugin.so has a damaged string table"));
}

// Each version asked for names its library, and the library's name has 8 KiB.
TEST(ElfFileTest, ManyVersionsOfOneLongLibrary_CostNoMoreThanTheLimit) {
  ElfRecipe recipe{.symbols = {{.name = std::string(8000, 'a')}}};
  for (int i = 0; i < 20'000; ++i) recipe.symbols.push_back({.name = "b", .section = SHN_UNDEF, .version = "V"});
  std::string bytes = MakeElf(recipe);
  const auto read = [&bytes](uint64_t at, auto value) {
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  };
  const uint64_t symbols = read(ValueOf(bytes, DT_SYMTAB), uint64_t{0});
  const uint64_t needs = read(ValueOf(bytes, DT_VERNEED), uint64_t{0});
  EXPECT_TRUE(ReadElf(bytes).ok());
  bytes = Patched(bytes, needs + offsetof(Elf64_Verneed, vn_file), read(symbols + sizeof(Elf64_Sym), Elf64_Word{0}));
  const auto facts = ReadElf(bytes);
  ASSERT_FALSE(facts.ok());
  EXPECT_THAT(MessageOf(facts.status()), StartsWith("plugin.so has damaged symbol versions"));
}

}  // namespace
}  // namespace quayside
