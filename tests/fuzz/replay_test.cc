// Every target over its corpus and over mutations of it, the same ones every time. Each target runs in a child process
// that may crash or hang; the input that did it is kept.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/fuzz/mutate.h"

// The table of targets, made by CMake: QUAYSIDE_TARGET(name) for each.
namespace quayside::fuzz {
#define QUAYSIDE_TARGET(name) void Run_##name(std::string_view input);
#include "fuzz_targets.inc"
#undef QUAYSIDE_TARGET
}  // namespace quayside::fuzz

namespace quayside::fuzz {
namespace {

constexpr int kMutations = 3'000;
constexpr unsigned kLongestSeconds = 120;  // of a target: seconds, unless it hangs
constexpr size_t kLargestInput = size_t{1} << 20;

struct Target {
  std::string name;
  void (*run)(std::string_view);
};

std::vector<Target> Targets() {
  return {
#define QUAYSIDE_TARGET(name) {#name, Run_##name},
#include "fuzz_targets.inc"
#undef QUAYSIDE_TARGET
  };
}

// Where a child puts the input it is about to run, for its parent to find.
class SharedInput {
 public:
  SharedInput()
      : memory_(static_cast<char*>(::mmap(nullptr, sizeof(size_t) + kLargestInput, PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    if (memory_ == MAP_FAILED) throw std::runtime_error("no shared memory");
  }
  ~SharedInput() { ::munmap(memory_, sizeof(size_t) + kLargestInput); }
  SharedInput(const SharedInput&) = delete;
  SharedInput& operator=(const SharedInput&) = delete;

  void Put(std::string_view input) {
    const size_t size = std::min(input.size(), kLargestInput);
    std::memcpy(memory_, &size, sizeof size);
    std::memcpy(memory_ + sizeof size, input.data(), size);
  }
  [[nodiscard]] std::string Get() const {
    size_t size = 0;
    std::memcpy(&size, memory_, sizeof size);
    return {memory_ + sizeof size, size};
  }

 private:
  char* memory_;
};

std::vector<std::string> CorpusOf(const std::string& target) {
  const std::filesystem::path folder = std::filesystem::path(QUAYSIDE_FUZZ_CORPUS) / target;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> inputs;
  for (const std::filesystem::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

void RunAll(const Target& target, const std::vector<std::string>& corpus, SharedInput& current) {
  const auto run = [&](const std::string& input) {
    current.Put(input);
    target.run(input);
  };
  run("");
  for (const std::string& input : corpus) run(input);
  std::mt19937_64 random(std::hash<std::string>()(target.name));
  for (int i = 0; i < kMutations; ++i) run(Mutate(corpus, random));
}

// What the child ended with, in words; empty = well.
std::string RunInChild(const Target& target, const std::vector<std::string>& corpus, SharedInput& current) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kLongestSeconds);
    RunAll(target, corpus, current);
    ::_exit(0);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return "no child";
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) return "does not end";
  if (WIFSIGNALED(status)) return std::string("ends with ") + ::strsignal(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "" : "ends with exit status " + std::to_string(WEXITSTATUS(status));
}

std::string KeepInput(const std::string& target, const std::string& input) {
  std::filesystem::create_directories(QUAYSIDE_FUZZ_FINDINGS);
  const std::string path = std::string(QUAYSIDE_FUZZ_FINDINGS) + "/" + target + ".input";
  std::ofstream(path, std::ios::binary) << input;
  return path;
}

class FuzzReplay : public testing::TestWithParam<Target> {};

TEST_P(FuzzReplay, KeepsItsPromises) {
  const std::vector<std::string> corpus = CorpusOf(GetParam().name);
  ASSERT_FALSE(corpus.empty()) << "a target needs a corpus to begin with";
  SharedInput current;
  const std::string trouble = RunInChild(GetParam(), corpus, current);
  if (!trouble.empty()) {
    ADD_FAILURE() << trouble << "; the input is " << KeepInput(GetParam().name, current.Get())
                  << ": put it into tests/fuzz/corpus/" << GetParam().name << " and mend what it shows";
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, FuzzReplay, testing::ValuesIn(Targets()),
                         [](const testing::TestParamInfo<Target>& info) { return info.param.name; });

}  // namespace
}  // namespace quayside::fuzz
