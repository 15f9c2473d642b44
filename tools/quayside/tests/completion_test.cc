#include "tools/quayside/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "tools/quayside/tests/cli_world.h"

namespace quayside::cli {
namespace {

using testing::HasSubstr;

// What bash offers for the words, the last of which is being typed.
std::string BashOffers(CliWorld& world, const std::string& words) {
  std::ofstream(world.Path("completion")) << world.Run({"completion", "bash"}).out;
  std::ofstream(world.Path("ask")) << "source " << world.Path("completion") << "\nCOMP_WORDS=(" << words
                                   << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_quayside\necho \"${COMPREPLY[*]}\"\n";
  FILE* bash = popen(("bash " + world.Path("ask") + " 2>&1").c_str(), "r");
  std::string offered;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), bash) != nullptr) offered += buffer.data();
  pclose(bash);
  return offered;
}

TEST(CompletionTest, Bash_CompletesCommandsOptionsAndValues) {
  CliWorld world;
  EXPECT_EQ(BashOffers(world, "quayside acc"), "account\n");
  EXPECT_EQ(BashOffers(world, "quayside sync ''"),
            "status start pause resume schedule checkpoint runs cancel budgets documents drift events watch\n");
  EXPECT_EQ(BashOffers(world, "quayside sync start --w"), "--wait\n");
  EXPECT_EQ(BashOffers(world, "quayside --socket /x sync st"), "status start\n");
  EXPECT_EQ(BashOffers(world, "quayside orders list --state p"), "pending partly-despatched\n");
  EXPECT_EQ(BashOffers(world, "quayside orders list --state = o"), "open\n") << "bash takes --state=o apart";
  EXPECT_EQ(BashOffers(world, "quayside completion ''"), "bash zsh fish\n");
  EXPECT_EQ(BashOffers(world, "quayside account add --option sync --na"), "--name\n") << "a value is no command";
}

TEST(CompletionTest, Zsh_HasAFunctionForEveryCommand) {
  CliWorld world;
  const std::string script = world.Run({"completion", "zsh"}).out;
  EXPECT_THAT(script, HasSubstr("#compdef quayside\n"));
  EXPECT_THAT(script, HasSubstr("_quayside_listings_link() {"));
  EXPECT_THAT(
      script,
      HasSubstr("'*--state[Only in this state]:value:(pending open partly-despatched despatched cancelled held)'"));
}

TEST(CompletionTest, Fish_HasALineForEveryOption) {
  CliWorld world;
  const std::string script = world.Run({"completion", "fish"}).out;
  EXPECT_THAT(script, HasSubstr("complete -c quayside -n '__quayside_at \"quayside sync start\"' -l wait -d"));
  EXPECT_THAT(script, HasSubstr("-d 'The host\\'s socket'"));
}

TEST(CompletionTest, UnknownShell_IsAUsageError) {
  CliWorld world;
  EXPECT_EQ(world.Run({"completion", "tcsh"}).exit_code, 2);
}

}  // namespace
}  // namespace quayside::cli
