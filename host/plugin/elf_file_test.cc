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

void ExpectElfRefused(std::string_view bytes, const std::string& finding) {
  const auto facts = ReadElf(bytes);
  ASSERT_FALSE(facts.ok());
  ExpectError(facts.status(), absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid, HasSubstr(finding));
}

TEST(ElfFileTest, ReadElf_NamesWhatIsExportedAndNeeded) {
  const auto facts =
      ReadElf(MakeElf({.symbols = {{.name = "qs_plugin_entry_v1"}, {.name = "weak", .binding = STB_WEAK}},
                       .needed = {"libstdc++.so.6", "libc.so.6"}}));
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_THAT(facts->exported, ElementsAre("qs_plugin_entry_v1", "weak"));
  EXPECT_THAT(facts->needed, ElementsAre("libstdc++.so.6", "libc.so.6"));
  EXPECT_THAT(facts->unique, IsEmpty());
}

TEST(ElfFileTest, ReadElf_TellsUniqueSymbolsApart) {
  const auto facts = ReadElf(MakeElf({.symbols = {{.name = "counter", .binding = STB_GNU_UNIQUE}, {.name = "entry"}}}));
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_THAT(facts->unique, ElementsAre("counter"));
  EXPECT_THAT(facts->exported, ElementsAre("entry"));
}

TEST(ElfFileTest, ReadElf_LeavesOutWhatNobodyElseCanBindTo) {
  const auto facts = ReadElf(MakeElf({.symbols = {{.name = "imported", .section = SHN_UNDEF},
                                                  {.name = "version_tag", .section = SHN_ABS},
                                                  {.name = "local", .binding = STB_LOCAL},
                                                  {.name = "hidden", .visibility = STV_HIDDEN},
                                                  {.name = "protected", .visibility = STV_PROTECTED}}}));
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_THAT(facts->exported, ElementsAre("protected"));
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
}

TEST(ElfFileTest, NoProgramHeaders_IsRefused) {
  ExpectElfRefused(Patched<Elf64_Half>(MakeElf(), offsetof(Elf64_Ehdr, e_phnum), 0), "has no program headers");
}

TEST(ElfFileTest, NoSectionHeaders_ExportsNothing) {
  const auto facts = ReadElf(Patched<Elf64_Half>(MakeElf(), offsetof(Elf64_Ehdr, e_shnum), 0));
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_THAT(facts->exported, IsEmpty());
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
  const std::string good = MakeElf({.symbols = {{.name = "qs_plugin_entry_v1"}, {.name = "other"}}});
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
  const std::string good = MakeElf();
  size_t sections = 0;
  std::memcpy(&sections, good.data() + offsetof(Elf64_Ehdr, e_shoff), sizeof(Elf64_Off));
  std::vector<size_t> fields = {offsetof(Elf64_Ehdr, e_phoff), offsetof(Elf64_Ehdr, e_shoff),
                                sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_offset),
                                sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_filesz)};
  for (size_t section = 0; section < 4; ++section) {
    for (const size_t field :
         {offsetof(Elf64_Shdr, sh_offset), offsetof(Elf64_Shdr, sh_size), offsetof(Elf64_Shdr, sh_entsize)}) {
      fields.push_back(sections + section * sizeof(Elf64_Shdr) + field);
    }
  }
  for (const size_t field : fields) {
    for (const uint64_t value :
         {uint64_t{1}, uint64_t{1} << 31, uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{0} - good.size()}) {
      const auto facts = ReadElf(Patched<uint64_t>(good, field, value));
      EXPECT_TRUE(facts.ok() || HasReason(facts.status(), Reason::kBundleInvalid)) << facts.status();
    }
  }
  for (const Elf64_Word link : {Elf64_Word{4}, Elf64_Word{1} << 31, ~Elf64_Word{0}}) {
    EXPECT_FALSE(
        ReadElf(Patched<Elf64_Word>(good, sections + 2 * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_link), link))
            .ok());
  }
}

}  // namespace
}  // namespace quayside
