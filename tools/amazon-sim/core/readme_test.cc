// The README's tables are those of the code: a fault, an operation or a command that is added is told of.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "core/commands.h"
#include "core/faults.h"
#include "core/operation.h"

namespace amazon_sim {
namespace {

std::string Readme() {
  const std::ifstream file(AMAZON_SIM_SOURCE_ROOT "/tools/amazon-sim/README.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool IsWordPart(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; }

// As a word of its own.
bool IsTold(const std::string& text, std::string_view name) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const size_t end = at + name.size();
    if ((at == 0 || !IsWordPart(text[at - 1])) && (end == text.size() || !IsWordPart(text[end]))) return true;
  }
  return false;
}

void ExpectTold(std::string_view name) { EXPECT_TRUE(IsTold(Readme(), name)) << name; }

TEST(Readme, TellsOfEveryFault_AndOfNoOther) {
  std::set<std::string> names;
  for (const FaultInfo& info : AllFaults()) {
    ExpectTold(info.name);
    names.emplace(info.name);
  }
  EXPECT_GT(names.size(), 20U);
  // Rows of the table of faults.
  const std::string readme = Readme();
  const size_t begin = readme.find("| fault |");
  ASSERT_NE(begin, std::string::npos);
  const std::string table = readme.substr(begin, readme.find("\n\n", begin) - begin);
  const std::regex row(R"(\n\| `([a-z0-9-]+)`)");
  for (std::sregex_iterator it(table.begin(), table.end(), row), end; it != end; ++it) {
    EXPECT_EQ(names.count((*it)[1]), 1U) << (*it)[1];
  }
}

TEST(Readme, TellsOfEveryOperation) {
  for (const OperationInfo& info : AllOperations()) ExpectTold(info.name);
}

TEST(Readme, TellsOfEveryCommand) {
  for (const std::string_view name : AllCommands()) ExpectTold(name);
}

}  // namespace
}  // namespace amazon_sim
