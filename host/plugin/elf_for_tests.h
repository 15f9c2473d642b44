// A small shared library made byte by byte, for tests of what is read from a file before it is loaded. It cannot be
// loaded.
#pragma once

#include <elf.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/text.h"

namespace quayside {

struct ElfSymbol {
  std::string name;
  unsigned char binding = STB_GLOBAL;
  unsigned char visibility = STV_DEFAULT;
  Elf64_Half section = 1;  // SHN_UNDEF: imported
  std::string version;     // of an imported one, asked of libc.so.6
};

struct ElfRecipe {
  std::vector<ElfSymbol> symbols = {{.name = "qs_plugin_entry_v1"}};
  std::vector<std::string> needed = {"libc.so.6"};
  // More entries of the dynamic section whose value is a text, such as {DT_RUNPATH, "/opt"}.
  std::vector<std::pair<Elf64_Sxword, std::string>> texts;
  // More entries as they are, such as {DT_FLAGS, DF_STATIC_TLS}.
  std::vector<std::pair<Elf64_Sxword, Elf64_Xword>> entries;
  Elf64_Word load_flags = PF_R | PF_X;
  std::optional<Elf64_Word> stack_flags = PF_R | PF_W;  // nothing: no PT_GNU_STACK
};

inline constexpr int kElfSegments = 3;  // PT_LOAD over the whole file, PT_DYNAMIC, PT_GNU_STACK

// Header, segments, then strings, symbols, hash, versions and the dynamic section, which is last. Addresses are offsets
// in the file.
inline std::string MakeElf(const ElfRecipe& recipe = {}) {
  std::string strings(1, '\0');
  const auto add_text = [&](std::string_view text) {
    const size_t at = strings.size();
    strings.append(text).push_back('\0');
    return at;
  };
  std::vector<Elf64_Sym> symbols(1);
  std::vector<Elf64_Half> numbers(1);
  std::vector<Elf64_Vernaux> versions;
  for (const ElfSymbol& wanted : recipe.symbols) {
    Elf64_Sym& symbol = symbols.emplace_back();
    symbol.st_name = static_cast<Elf64_Word>(add_text(wanted.name));
    symbol.st_info = static_cast<unsigned char>(ELF64_ST_INFO(wanted.binding, STT_FUNC));
    symbol.st_other = wanted.visibility;
    symbol.st_shndx = wanted.section;
    numbers.push_back(1);
    if (wanted.version.empty()) continue;
    Elf64_Vernaux& version = versions.emplace_back();
    version.vna_other = static_cast<Elf64_Half>(1 + versions.size());
    version.vna_name = static_cast<Elf64_Word>(add_text(wanted.version));
    version.vna_next = sizeof(Elf64_Vernaux);
    numbers.back() = version.vna_other;
  }
  if (!versions.empty()) versions.back().vna_next = 0;
  Elf64_Verneed need{1, static_cast<Elf64_Half>(versions.size()), static_cast<Elf64_Word>(add_text("libc.so.6")),
                     sizeof(Elf64_Verneed), 0};
  std::vector<Elf64_Dyn> dynamic;
  for (const std::string& name : recipe.needed) dynamic.push_back({DT_NEEDED, {add_text(name)}});
  for (const auto& [tag, text] : recipe.texts) dynamic.push_back({tag, {add_text(text)}});

  std::string bytes(sizeof(Elf64_Ehdr) + kElfSegments * sizeof(Elf64_Phdr), '\0');
  const auto bytes_of = [](const auto& list) {
    return std::string_view(reinterpret_cast<const char*>(list.data()), list.size() * sizeof(list[0]));
  };
  const auto add = [&](Elf64_Sxword tag, std::string_view content) {
    bytes.resize((bytes.size() + 7) / 8 * 8);
    if (tag != DT_NULL) dynamic.push_back({tag, {bytes.size()}});
    bytes.append(content);
  };
  add(DT_STRTAB, strings);
  dynamic.push_back({DT_STRSZ, {strings.size()}});
  add(DT_SYMTAB, bytes_of(symbols));
  const Elf64_Word hash[] = {0, static_cast<Elf64_Word>(symbols.size())};
  add(DT_HASH, {reinterpret_cast<const char*>(hash), sizeof hash});
  if (!versions.empty()) {
    add(DT_VERSYM, bytes_of(numbers));
    add(DT_VERNEED, Concat(std::string_view(reinterpret_cast<const char*>(&need), sizeof need), bytes_of(versions)));
    dynamic.push_back({DT_VERNEEDNUM, {1}});
  }
  for (const auto& [tag, value] : recipe.entries) dynamic.push_back({tag, {value}});
  dynamic.push_back({DT_NULL, {0}});
  add(DT_NULL, "");
  const size_t dynamic_at = bytes.size();
  bytes.append(bytes_of(dynamic));

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_DYN;
#if defined(__x86_64__)
  header.e_machine = EM_X86_64;
#else
  header.e_machine = EM_AARCH64;
#endif
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<Elf64_Half>(recipe.stack_flags.has_value() ? kElfSegments : kElfSegments - 1);
  Elf64_Phdr segments[kElfSegments] = {};
  segments[0].p_type = PT_LOAD;
  segments[0].p_flags = recipe.load_flags;
  segments[0].p_filesz = segments[0].p_memsz = bytes.size();
  segments[1].p_type = PT_DYNAMIC;
  segments[1].p_offset = segments[1].p_vaddr = dynamic_at;
  segments[1].p_filesz = segments[1].p_memsz = dynamic.size() * sizeof(Elf64_Dyn);
  segments[2].p_type = PT_GNU_STACK;
  segments[2].p_flags = recipe.stack_flags.value_or(0);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, segments, sizeof segments);
  return bytes;
}

// `bytes` with the field at `offset` overwritten.
template <typename T>
std::string Patched(std::string bytes, size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  return bytes;
}

}  // namespace quayside
