#include "sdk/lint/elf_file.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

namespace quayside::lint {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
constexpr std::string_view kMachineName = "x86-64";
constexpr uint64_t kStaticTlsRelocations[] = {R_X86_64_TPOFF64};
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
constexpr std::string_view kMachineName = "AArch64";
constexpr uint64_t kStaticTlsRelocations[] = {R_AARCH64_TLS_TPREL};
#else
#error "name the ELF machine of this architecture"
#endif

// Longer than any mangled name a compiler makes; many symbols that share one long text would cost more memory than the
// file has.
constexpr size_t kLongestName = 8192;
constexpr size_t kMostKeptBytes = 64 << 20;

// The struct at `offset`, or nothing when the bytes end before it does. Copies: they may be unaligned.
template <typename T>
std::optional<T> At(std::string_view bytes, uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  ElfReading Read() {
    for (const auto step : {&Reader::ReadHeader, &Reader::ReadSegments, &Reader::ReadDynamic, &Reader::ReadNames,
                            &Reader::ReadVersions, &Reader::ReadSymbols}) {
      std::string damage = (this->*step)();
      if (!damage.empty()) return {std::move(damage), {}};
    }
    return {"", std::move(facts_)};
  }

 private:
  // Each answers what is damaged, or an empty text.
  std::string ReadHeader();
  std::string ReadSegments();
  std::string ReadDynamic();
  std::string ReadNames();
  std::string ReadVersions();
  std::string ReadSymbols();
  std::string CountSymbols(uint64_t& count);
  std::string CountRelocated(Elf64_Sxword table, Elf64_Sxword size, uint64_t& count);

  // What the file has from this address of the library to the end of its segment. Empty when no segment holds it.
  [[nodiscard]] std::string_view From(uint64_t address) const {
    for (const Elf64_Phdr& load : loads_) {
      if (address < load.p_vaddr || address - load.p_vaddr >= load.p_filesz) continue;
      const uint64_t inside = address - load.p_vaddr;
      return bytes_.substr(load.p_offset + inside, load.p_filesz - inside);
    }
    return {};
  }
  [[nodiscard]] std::optional<uint64_t> Value(Elf64_Sxword tag) const {
    const auto found = dynamic_.find(tag);
    return found == dynamic_.end() ? std::nullopt : std::optional<uint64_t>(found->second);
  }
  [[nodiscard]] uint64_t ValueOr0(Elf64_Sxword tag) const { return Value(tag).value_or(0); }
  // Every text is paid for: many entries may point to the same one.
  [[nodiscard]] std::optional<std::string> Text(uint64_t offset) {
    if (offset >= strings_.size()) return std::nullopt;
    const std::string_view rest = strings_.substr(offset, kLongestName + 1);
    const size_t end = rest.find('\0');
    if (end == std::string_view::npos || !Pay(end + 1)) return std::nullopt;
    return std::string(rest.substr(0, end));
  }
  // False: what is kept of this file would be larger than any honest file needs.
  [[nodiscard]] bool Pay(size_t bytes) {
    kept_bytes_ += bytes;
    return kept_bytes_ <= kMostKeptBytes;
  }
  static std::string DamagedNames() { return "has a damaged string table"; }

  std::string_view bytes_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> loads_;
  std::map<Elf64_Sxword, uint64_t> dynamic_;  // where a tag is repeated the loader takes the last
  std::vector<std::pair<Elf64_Sxword, uint64_t>> named_;
  std::string_view strings_;
  std::map<Elf64_Half, size_t> version_of_;  // number in DT_VERSYM -> place in facts_.versions
  size_t kept_bytes_ = 0;
  ElfFacts facts_;
};

std::string Reader::ReadHeader() {
  if (bytes_.size() < SELFMAG || bytes_.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG)) {
    return "is no ELF file: build it with quayside_add_plugin()";
  }
  const auto header = At<Elf64_Ehdr>(bytes_, 0);
  if (!header.has_value()) return "is truncated: it ends within its header";
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_machine != kMachine) {
    return "was built for another architecture; this host is " + std::string(kMachineName);
  }
  if (header->e_type != ET_DYN) return "is no shared library (link it with -shared)";
  if (header->e_phnum == 0) return "has no program headers";
  if (header->e_phentsize != sizeof(Elf64_Phdr)) return "has damaged program headers";
  header_ = *header;
  // Nothing of them is read, but a file that ends before them was cut.
  const uint64_t table = uint64_t{header_.e_shnum} * header_.e_shentsize;
  if (header_.e_shnum > 0 && (header_.e_shoff > bytes_.size() || bytes_.size() - header_.e_shoff < table)) {
    return "is truncated: section headers are missing";
  }
  return {};
}

// Everything the loader will map must be there.
std::string Reader::ReadSegments() {
  facts_.executable_stack = true;  // what a library without PT_GNU_STACK gets
  for (uint64_t i = 0; i < header_.e_phnum; ++i) {
    const auto segment = At<Elf64_Phdr>(bytes_, header_.e_phoff + sizeof(Elf64_Phdr) * i);
    if (!segment.has_value()) return "is truncated: program headers are missing";
    if (segment->p_type == PT_GNU_STACK) facts_.executable_stack = (segment->p_flags & PF_X) != 0;
    if (segment->p_type == PT_DYNAMIC) named_.assign(1, {0, segment->p_vaddr});
    if (segment->p_type != PT_LOAD) continue;
    if (segment->p_offset > bytes_.size() || bytes_.size() - segment->p_offset < segment->p_filesz) {
      return "is truncated: it has " + std::to_string(bytes_.size()) + " bytes and needs " +
             std::to_string(segment->p_offset + segment->p_filesz);
    }
    if (segment->p_filesz > segment->p_memsz || segment->p_vaddr + segment->p_memsz < segment->p_vaddr ||
        (!loads_.empty() && segment->p_vaddr < loads_.back().p_vaddr + loads_.back().p_memsz)) {
      return "has damaged program headers";
    }
    if ((segment->p_flags & PF_W) != 0 && (segment->p_flags & PF_X) != 0) facts_.writable_code = true;
    loads_.push_back(*segment);
  }
  return {};
}

std::string Reader::ReadDynamic() {
  if (named_.empty()) return "is no shared library: it has no dynamic section (link it with -shared)";
  const std::string_view section = From(named_.front().second);
  named_.clear();
  for (uint64_t at = 0;; at += sizeof(Elf64_Dyn)) {
    const auto entry = At<Elf64_Dyn>(section, at);
    if (!entry.has_value()) return "has a damaged dynamic section";
    if (entry->d_tag == DT_NULL) break;
    switch (entry->d_tag) {
      case DT_NEEDED:
      case DT_RPATH:
      case DT_RUNPATH:
      case DT_FILTER:
      case DT_AUXILIARY:
      case DT_AUDIT:
      case DT_DEPAUDIT:
        named_.emplace_back(entry->d_tag, entry->d_un.d_val);
        break;
      default:
        dynamic_[entry->d_tag] = entry->d_un.d_val;
    }
  }
  const uint64_t flags = ValueOr0(DT_FLAGS);
  const uint64_t flags_1 = ValueOr0(DT_FLAGS_1);
  if ((flags_1 & DF_1_PIE) != 0) return "is a program (link it with -shared)";
  facts_.nodelete = (flags_1 & DF_1_NODELETE) != 0;
  facts_.static_tls = (flags & DF_STATIC_TLS) != 0;
  facts_.text_relocations = (flags & DF_TEXTREL) != 0 || Value(DT_TEXTREL).has_value();
  const auto count = [this](Elf64_Sxword one, Elf64_Sxword many) {
    const uint64_t entries = std::min<uint64_t>(ValueOr0(many), bytes_.size()) / sizeof(Elf64_Addr);
    return static_cast<int>(entries) + (ValueOr0(one) != 0 ? 1 : 0);
  };
  facts_.constructors = count(DT_INIT, DT_INIT_ARRAYSZ);
  facts_.destructors = count(DT_FINI, DT_FINI_ARRAYSZ);
  return {};
}

std::string Reader::ReadNames() {
  strings_ = From(ValueOr0(DT_STRTAB));
  const uint64_t size = ValueOr0(DT_STRSZ);
  if (!Value(DT_STRTAB).has_value()) strings_ = {};
  if (size > strings_.size()) return DamagedNames();
  strings_ = strings_.substr(0, size);
  for (const auto& [tag, offset] : named_) {
    auto name = Text(offset);
    if (!name.has_value()) return DamagedNames();
    (tag == DT_NEEDED                       ? facts_.needed
     : tag == DT_RPATH || tag == DT_RUNPATH ? facts_.search_paths
                                            : facts_.other_libraries)
        .push_back(*std::move(name));
  }
  return {};
}

std::string Reader::ReadVersions() {
  if (!Value(DT_VERNEED).has_value()) return {};
  const std::string damaged = "has damaged symbol versions";
  const std::string_view table = From(ValueOr0(DT_VERNEED));
  uint64_t at = 0;
  for (uint64_t i = ValueOr0(DT_VERNEEDNUM); i > 0; --i) {
    const auto need = At<Elf64_Verneed>(table, at);
    if (!need.has_value()) return damaged;
    const auto library = Text(need->vn_file);
    if (!library.has_value()) return damaged;
    uint64_t inner = at + need->vn_aux;
    for (int j = 0; j < need->vn_cnt; ++j) {
      const auto aux = At<Elf64_Vernaux>(table, inner);
      if (!aux.has_value()) return damaged;
      auto version = Text(aux->vna_name);
      if (!version.has_value() || !Pay(sizeof facts_.versions.front() + library->size())) return damaged;
      version_of_[aux->vna_other & 0x7fff] = facts_.versions.size();
      facts_.versions.push_back({*library, *std::move(version), ""});
      if (aux->vna_next == 0) break;
      inner += aux->vna_next;
    }
    if (need->vn_next == 0) break;
    at += need->vn_next;
  }
  return {};
}

// A symbol that only a relocation names is bound by the loader as well.
std::string Reader::CountRelocated(Elf64_Sxword table, Elf64_Sxword size, uint64_t& count) {
  if (!Value(table).has_value()) return {};
  const std::string_view relocations = From(ValueOr0(table));
  const uint64_t bytes = ValueOr0(size);
  if (bytes > relocations.size()) return "has damaged relocations";
  for (uint64_t at = 0; at + sizeof(Elf64_Rela) <= bytes; at += sizeof(Elf64_Rela)) {
    const uint64_t info = At<Elf64_Rela>(relocations, at)->r_info;
    count = std::max<uint64_t>(count, ELF64_R_SYM(info) + 1);
    for (const uint64_t type : kStaticTlsRelocations) facts_.static_tls |= ELF64_R_TYPE(info) == type;
  }
  return {};
}

// The file nowhere says how many dynamic symbols it has.
std::string Reader::CountSymbols(uint64_t& count) {
  if (Value(DT_HASH).has_value()) {
    const auto chains = At<Elf64_Word>(From(ValueOr0(DT_HASH)), sizeof(Elf64_Word));
    if (!chains.has_value()) return "has a damaged symbol hash";
    count = *chains;
  }
  if (Value(DT_GNU_HASH).has_value()) {
    const std::string_view hash = From(ValueOr0(DT_GNU_HASH));
    struct Head {
      uint32_t buckets, first, bloom_words, shift;
    };
    const auto head = At<Head>(hash, 0);
    if (!head.has_value()) return "has a damaged symbol hash";
    const uint64_t buckets_at = sizeof(Head) + uint64_t{head->bloom_words} * sizeof(Elf64_Xword);
    const uint64_t chains_at = buckets_at + uint64_t{head->buckets} * sizeof(Elf64_Word);
    uint64_t last = 0;
    for (uint64_t i = 0; i < head->buckets; ++i) {
      const auto bucket = At<Elf64_Word>(hash, buckets_at + i * sizeof(Elf64_Word));
      if (!bucket.has_value()) return "has a damaged symbol hash";
      last = std::max<uint64_t>(last, *bucket);
    }
    count = std::max<uint64_t>(count, head->first);
    while (last != 0) {
      const auto link = last < head->first
                            ? std::nullopt
                            : At<Elf64_Word>(hash, chains_at + (last - head->first) * sizeof(Elf64_Word));
      if (!link.has_value()) return "has a damaged symbol hash";
      count = std::max(count, ++last);
      if ((*link & 1) != 0) break;
    }
  }
  std::string damage = CountRelocated(DT_RELA, DT_RELASZ, count);
  return damage.empty() ? CountRelocated(DT_JMPREL, DT_PLTRELSZ, count) : damage;
}

std::string Reader::ReadSymbols() {
  uint64_t count = 0;
  if (std::string damage = CountSymbols(count); !damage.empty()) return damage;
  if (count == 0) return {};
  const std::string_view table = From(ValueOr0(DT_SYMTAB));
  if (!Value(DT_SYMTAB).has_value() || table.size() / sizeof(Elf64_Sym) < count) {
    return "has a damaged symbol table";
  }
  const std::string_view numbers = Value(DT_VERSYM).has_value() ? From(ValueOr0(DT_VERSYM)) : std::string_view();
  for (uint64_t i = 1; i < count; ++i) {
    const Elf64_Sym symbol = *At<Elf64_Sym>(table, i * sizeof(Elf64_Sym));
    const unsigned char binding = ELF64_ST_BIND(symbol.st_info);
    const unsigned char visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    const bool is_imported = symbol.st_shndx == SHN_UNDEF;
    if (binding == STB_LOCAL || symbol.st_shndx == SHN_ABS) continue;
    if (!is_imported && visibility != STV_DEFAULT && visibility != STV_PROTECTED) continue;
    auto name = Text(symbol.st_name);
    if (!name.has_value()) return DamagedNames();
    if (is_imported) {
      const auto number = At<Elf64_Half>(numbers, i * sizeof(Elf64_Half));
      const auto version = version_of_.find(number.value_or(0) & 0x7fff);
      if (version != version_of_.end() && facts_.versions[version->second].symbol.empty()) {
        facts_.versions[version->second].symbol = *name;
      }
      facts_.imported.push_back(*std::move(name));
    } else {
      (binding == STB_GNU_UNIQUE ? facts_.unique : facts_.exported).push_back(*std::move(name));
    }
  }
  return {};
}

}  // namespace

std::string_view ElfMachineName() { return kMachineName; }

ElfReading ReadElf(std::string_view bytes) { return Reader(bytes).Read(); }

}  // namespace quayside::lint
