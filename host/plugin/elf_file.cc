#include "host/plugin/elf_file.h"

#include <elf.h>

#include <cstring>
#include <optional>

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
constexpr std::string_view kMachineName = "x86-64";
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
constexpr std::string_view kMachineName = "AArch64";
#else
#error "name the ELF machine of this architecture"
#endif

absl::Status Refuse(std::string_view finding) {
  return MakeError(absl::StatusCode::kInvalidArgument, Reason::kBundleInvalid, Concat("plugin.so ", finding));
}

// The struct at `offset`, or nothing when the file ends before it does. Copies: the bytes may be unaligned.
template <typename T>
std::optional<T> At(std::string_view bytes, uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

std::optional<std::string> TextAt(std::string_view bytes, uint64_t offset) {
  if (offset >= bytes.size()) return std::nullopt;
  const size_t end = bytes.find('\0', offset);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(bytes.substr(offset, end - offset));
}

}  // namespace

absl::StatusOr<ElfFacts> ReadElf(std::string_view bytes) {
  const auto header = At<Elf64_Ehdr>(bytes, 0);
  if (bytes.size() < SELFMAG || bytes.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG)) {
    return Refuse("is no ELF file: build it with quayside_add_plugin()");
  }
  if (!header.has_value()) return Refuse("is truncated: it ends within its header");
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_machine != kMachine) {
    return Refuse(Concat("was built for another architecture; this host is ", kMachineName));
  }
  if (header->e_type != ET_DYN) return Refuse("is no shared library (link it with -shared)");

  // Everything the loader will map must be there.
  if (header->e_phnum == 0) return Refuse("has no program headers");
  for (int i = 0; i < header->e_phnum; ++i) {
    const auto segment = At<Elf64_Phdr>(bytes, header->e_phoff + uint64_t{header->e_phentsize} * i);
    if (!segment.has_value()) return Refuse("is truncated: program headers are missing");
    if (segment->p_type == PT_LOAD &&
        (segment->p_offset > bytes.size() || bytes.size() - segment->p_offset < segment->p_filesz)) {
      return Refuse(
          Concat("is truncated: it has ", bytes.size(), " bytes and needs ", segment->p_offset + segment->p_filesz));
    }
  }

  ElfFacts facts;
  for (int i = 0; i < header->e_shnum; ++i) {
    const auto section = At<Elf64_Shdr>(bytes, header->e_shoff + uint64_t{header->e_shentsize} * i);
    if (!section.has_value()) return Refuse("is truncated: section headers are missing");
    if (section->sh_type != SHT_DYNSYM && section->sh_type != SHT_DYNAMIC) continue;
    const auto strings = At<Elf64_Shdr>(bytes, header->e_shoff + uint64_t{header->e_shentsize} * section->sh_link);
    if (!strings.has_value() || section->sh_entsize == 0) return Refuse("has a damaged section table");
    for (uint64_t at = 0; at + section->sh_entsize <= section->sh_size; at += section->sh_entsize) {
      if (section->sh_type == SHT_DYNAMIC) {
        const auto entry = At<Elf64_Dyn>(bytes, section->sh_offset + at);
        if (!entry.has_value()) return Refuse("is truncated: the dynamic section is missing");
        if (entry->d_tag == DT_NULL) break;
        if (entry->d_tag != DT_NEEDED) continue;
        const auto name = TextAt(bytes, strings->sh_offset + entry->d_un.d_val);
        if (!name.has_value()) return Refuse("has a damaged string table");
        facts.needed.push_back(*name);
      } else {
        const auto symbol = At<Elf64_Sym>(bytes, section->sh_offset + at);
        if (!symbol.has_value()) return Refuse("is truncated: the dynamic symbols are missing");
        const unsigned char binding = ELF64_ST_BIND(symbol->st_info);
        const unsigned char visibility = ELF64_ST_VISIBILITY(symbol->st_other);
        if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS || binding == STB_LOCAL) continue;
        if (visibility != STV_DEFAULT && visibility != STV_PROTECTED) continue;
        const auto name = TextAt(bytes, strings->sh_offset + symbol->st_name);
        if (!name.has_value()) return Refuse("has a damaged string table");
        (binding == STB_GNU_UNIQUE ? facts.unique : facts.exported).push_back(*name);
      }
    }
  }
  return facts;
}

}  // namespace quayside
