// What the host demands of a plugin's file, checked on a built bundle (environment QUAYSIDE_BUNDLE) in a process that,
// like the isolated runner, links the lite runtime only.
#include <dlfcn.h>
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <link.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "quayside/plugin/v1/plugin.pb.h"
#include "quayside/testing/fake_host.h"
#include "src/bytes.h"

namespace {

namespace fs = std::filesystem;
namespace pb = quayside::plugin::v1;
using quayside::sdk::internal::BytesOf;
using quayside::sdk::internal::ReplyBuffer;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

fs::path Bundle() {
  const char* path = std::getenv("QUAYSIDE_BUNDLE");
  return path == nullptr ? fs::path() : fs::path(path);
}

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The parts of an ELF file that decide whether it can be loaded, and unloaded again.
struct ElfFacts {
  std::vector<std::string> exported;
  std::vector<std::string> unique;
  std::vector<std::string> needed;
  bool text_relocations = false;
  bool bind_now = false;
  bool executable_stack = true;
  bool nodelete = false;
};

template <typename T>
T At(const std::string& bytes, size_t offset) {
  T value{};
  if (offset + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

ElfFacts ReadElf(const std::string& bytes) {
  ElfFacts facts;
  const auto header = At<Elf64_Ehdr>(bytes, 0);
  std::vector<Elf64_Shdr> sections;
  for (size_t i = 0; i < header.e_shnum; ++i)
    sections.push_back(At<Elf64_Shdr>(bytes, header.e_shoff + i * sizeof(Elf64_Shdr)));
  const auto text = [&](const Elf64_Shdr& strings, size_t index) {
    return std::string(bytes.c_str() + strings.sh_offset + index);
  };
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_DYNSYM && section.sh_type != SHT_DYNAMIC && section.sh_type != SHT_SYMTAB) continue;
    const Elf64_Shdr& strings = sections.at(section.sh_link);
    for (size_t at = 0; at < section.sh_size; at += section.sh_entsize) {
      if (section.sh_type == SHT_DYNAMIC) {
        const auto entry = At<Elf64_Dyn>(bytes, section.sh_offset + at);
        if (entry.d_tag == DT_NEEDED) facts.needed.push_back(text(strings, entry.d_un.d_val));
        if (entry.d_tag == DT_TEXTREL) facts.text_relocations = true;
        if (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_BIND_NOW) != 0) facts.bind_now = true;
        if (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_NODELETE) != 0) facts.nodelete = true;
        continue;
      }
      const auto symbol = At<Elf64_Sym>(bytes, section.sh_offset + at);
      const auto binding = ELF64_ST_BIND(symbol.st_info);
      if (binding == STB_GNU_UNIQUE) facts.unique.push_back(text(strings, symbol.st_name));
      if (section.sh_type == SHT_DYNSYM && binding != STB_LOCAL && symbol.st_shndx != SHN_UNDEF) {
        facts.exported.push_back(text(strings, symbol.st_name));
      }
    }
  }
  for (size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = At<Elf64_Phdr>(bytes, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type == PT_GNU_STACK) facts.executable_stack = (segment.p_flags & PF_X) != 0;
  }
  return facts;
}

bool IsMapped(const std::string& path) {
  std::pair<const std::string*, bool> search{&path, false};
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto* wanted = static_cast<std::pair<const std::string*, bool>*>(data);
        if (*wanted->first == info->dlpi_name) wanted->second = true;
        return 0;
      },
      &search);
  return search.second;
}

// A private copy, since an open path gives the old code again; gone at the end.
class PrivateCopy {
 public:
  explicit PrivateCopy(int number)
      : path_(fs::temp_directory_path() /
              ("quayside-bundle-test." + std::to_string(getpid()) + "." + std::to_string(number) + ".so")) {
    fs::copy_file(Bundle() / "plugin.so", path_, fs::copy_options::overwrite_existing);
  }
  ~PrivateCopy() { fs::remove(path_); }
  PrivateCopy(const PrivateCopy&) = delete;
  PrivateCopy& operator=(const PrivateCopy&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

class BundleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(Bundle().empty()) << "QUAYSIDE_BUNDLE names the folder to test";
    ASSERT_TRUE(fs::exists(Bundle() / "plugin.so"));
    ASSERT_TRUE(fs::exists(Bundle() / "manifest.json"));
  }
};

TEST_F(BundleTest, Library_ExportsTheOneSymbol) {
  EXPECT_THAT(ReadElf(ReadFile(Bundle() / "plugin.so")).exported, ElementsAre("qs_plugin_entry_v1"));
}

TEST_F(BundleTest, Library_HasNoUniqueSymbol_WhichWouldPinIt) {
  EXPECT_THAT(ReadElf(ReadFile(Bundle() / "plugin.so")).unique, IsEmpty());
}

TEST_F(BundleTest, Library_NeedsOnlyWhatTheHostIsLinkedTo) {
  EXPECT_THAT(ReadElf(ReadFile(Bundle() / "plugin.so")).needed,
              Each(AnyOf(StartsWith("libprotobuf-lite.so."), StartsWith("libstdc++.so."), StartsWith("libgcc_s.so."),
                         StartsWith("libc.so."), StartsWith("libm.so."), StartsWith("libasan.so."),
                         StartsWith("libubsan.so."), StartsWith("libtsan.so."))));
}

TEST_F(BundleTest, Library_IsBoundAtLoadAndHasNoWritableCode) {
  const ElfFacts facts = ReadElf(ReadFile(Bundle() / "plugin.so"));
  EXPECT_TRUE(facts.bind_now);
  EXPECT_FALSE(facts.text_relocations);
  EXPECT_FALSE(facts.executable_stack);
  EXPECT_FALSE(facts.nodelete);
}

// Loads, describes, makes an instance, calls it, and leaves: all of it many times in one process.
TEST_F(BundleTest, Library_LoadsAndUnloadsRepeatedly_LeavingNothingMapped) {
  const std::string manifest = ReadFile(Bundle() / "manifest.json");
  quayside::sdk::testing::FakeHost host;
  for (int round = 0; round < 20; ++round) {
    const PrivateCopy copy(round);
    void* library = dlopen(copy.path().c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
    ASSERT_TRUE(IsMapped(copy.path()));
    const auto entry = reinterpret_cast<qs_plugin_entry_fn>(dlsym(library, "qs_plugin_entry_v1"));
    ASSERT_NE(entry, nullptr);
    const qs_plugin* plugin = entry(QS_ABI_MINOR);
    ASSERT_NE(plugin, nullptr);

    ReplyBuffer described;
    qs_sink sink = described.sink();
    ASSERT_EQ(plugin->describe(&sink), QS_OK);
    pb::DescribeReply description;
    ASSERT_TRUE(description.ParseFromString(std::string(described.bytes())));
    EXPECT_EQ(description.manifest_json(), manifest) << "the library carries another manifest than its folder";

    ReplyBuffer refused;
    sink = refused.sink();
    qs_instance* instance = nullptr;
    ASSERT_EQ(plugin->create(&host.abi(), BytesOf(""), &instance, &sink), QS_OK);
    const qs_call call{sizeof(qs_call), 0, 1, "plugin/1", "validate_config", host.now() + 60'000'000, {nullptr, 0}};
    ReplyBuffer validated;
    sink = validated.sink();
    const qs_status status = plugin->call(instance, &call, &sink);
    EXPECT_TRUE(status == QS_OK || status == QS_UNSUPPORTED) << status << ": not every plugin looks at a configuration";
    plugin->destroy(instance);
    plugin->unload();

    ASSERT_EQ(dlclose(library), 0);
    EXPECT_FALSE(IsMapped(copy.path())) << "round " << round;
  }
}

// Two copies at a time are two plugins: no state is shared between generations.
TEST_F(BundleTest, TwoCopies_LiveSideBySide) {
  const PrivateCopy one(1001);
  const PrivateCopy two(1002);
  void* first = dlopen(one.path().c_str(), RTLD_NOW | RTLD_LOCAL);
  void* second = dlopen(two.path().c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  const auto first_entry = reinterpret_cast<qs_plugin_entry_fn>(dlsym(first, "qs_plugin_entry_v1"));
  const auto second_entry = reinterpret_cast<qs_plugin_entry_fn>(dlsym(second, "qs_plugin_entry_v1"));
  EXPECT_NE(first_entry(QS_ABI_MINOR), second_entry(QS_ABI_MINOR));
  dlclose(first);
  ReplyBuffer described;
  qs_sink sink = described.sink();
  EXPECT_EQ(second_entry(QS_ABI_MINOR)->describe(&sink), QS_OK);
  dlclose(second);
  EXPECT_FALSE(IsMapped(one.path()));
  EXPECT_FALSE(IsMapped(two.path()));
}

}  // namespace
