// Reads what the loader must know of a shared library from its bytes alone, before anything of it is mapped: a
// truncated file kills a process inside dlopen, and constructors run before any other check could.
//
// It follows the way the dynamic loader goes: program headers, the dynamic section by its address, symbols by the hash
// tables and the relocations. Section headers, which the loader never looks at, could say anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quayside::lint {

// A symbol version a library asks of another: {"libc.so.6", "GLIBC_2.34"}.
struct ElfVersionNeed {
  std::string library;
  std::string version;
  std::string symbol;  // one that needs it; empty when none does
};

struct ElfFacts {
  std::vector<std::string> exported;  // defined dynamic symbols
  std::vector<std::string> imported;  // undefined dynamic symbols, weak ones too
  std::vector<std::string> needed;    // DT_NEEDED
  std::vector<std::string> unique;    // STB_GNU_UNIQUE: would keep the library mapped for ever
  std::vector<ElfVersionNeed> versions;
  std::vector<std::string> search_paths;     // DT_RPATH, DT_RUNPATH
  std::vector<std::string> other_libraries;  // DT_FILTER, DT_AUXILIARY, DT_AUDIT, DT_DEPAUDIT
  bool nodelete = false;                     // DF_1_NODELETE
  bool static_tls = false;                   // DF_STATIC_TLS, or a relocation that needs it
  bool text_relocations = false;             // DT_TEXTREL, DF_TEXTREL
  bool executable_stack = false;             // PT_GNU_STACK says so, or is missing
  bool writable_code = false;                // a segment both writable and executable
  int constructors = 0;                      // DT_INIT and entries of DT_INIT_ARRAY
  int destructors = 0;                       // DT_FINI and entries of DT_FINI_ARRAY
};

struct ElfReading {
  // Empty, or why nothing can be said of the file, to be read after its name: not ELF, not 64-bit, another
  // architecture, not a shared object, truncated or inconsistent.
  std::string damage;
  ElfFacts facts;
};

// Time and memory are bounded by the size of `bytes`, whatever is in them.
[[nodiscard]] ElfReading ReadElf(std::string_view bytes);

// "x86-64"
[[nodiscard]] std::string_view ElfMachineName();

}  // namespace quayside::lint
