// A small shared library made byte by byte, for tests of what is read from a file before it is loaded. It cannot be
// loaded.
#pragma once

#include <elf.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace quayside {

struct ElfSymbol {
  std::string name;
  unsigned char binding = STB_GLOBAL;
  unsigned char visibility = STV_DEFAULT;
  Elf64_Half section = 1;  // SHN_UNDEF: imported
};

struct ElfRecipe {
  std::vector<ElfSymbol> symbols = {{.name = "qs_plugin_entry_v1"}};
  std::vector<std::string> needed = {"libc.so.6"};
};

// Header, one segment over the whole file, and the sections .dynstr, .dynsym, .dynamic; the section table is last.
inline std::string MakeElf(const ElfRecipe& recipe = {}) {
  std::string strings(1, '\0');
  const auto add_text = [&](std::string_view text) {
    const size_t at = strings.size();
    strings.append(text).push_back('\0');
    return at;
  };
  std::vector<Elf64_Sym> symbols(1);
  for (const ElfSymbol& wanted : recipe.symbols) {
    Elf64_Sym& symbol = symbols.emplace_back();
    symbol.st_name = static_cast<Elf64_Word>(add_text(wanted.name));
    symbol.st_info = static_cast<unsigned char>(ELF64_ST_INFO(wanted.binding, STT_FUNC));
    symbol.st_other = wanted.visibility;
    symbol.st_shndx = wanted.section;
  }
  std::vector<Elf64_Dyn> dynamic;
  for (const std::string& name : recipe.needed) dynamic.push_back({DT_NEEDED, {add_text(name)}});
  dynamic.push_back({DT_NULL, {0}});

  std::string bytes(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), '\0');
  std::vector<Elf64_Shdr> sections(1);
  const auto add_section = [&](Elf64_Word type, std::string_view content, size_t entry_size) {
    Elf64_Shdr& section = sections.emplace_back();
    section.sh_type = type;
    section.sh_offset = bytes.size();
    section.sh_size = content.size();
    section.sh_entsize = entry_size;
    section.sh_link = 1;
    bytes.append(content);
  };
  const auto bytes_of = [](const auto& list) {
    return std::string_view(reinterpret_cast<const char*>(list.data()), list.size() * sizeof(list[0]));
  };
  add_section(SHT_STRTAB, strings, 0);
  add_section(SHT_DYNSYM, bytes_of(symbols), sizeof(Elf64_Sym));
  add_section(SHT_DYNAMIC, bytes_of(dynamic), sizeof(Elf64_Dyn));
  const size_t table = bytes.size();
  bytes.append(bytes_of(sections));

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
  header.e_phnum = 1;
  header.e_shoff = table;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = static_cast<Elf64_Half>(sections.size());
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_filesz = segment.p_memsz = bytes.size();
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
  return bytes;
}

// `bytes` with the field at `offset` overwritten.
template <typename T>
std::string Patched(std::string bytes, size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  return bytes;
}

}  // namespace quayside
