// What the programs of campaigns have in common that live through one EngineWorld.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace quayside {

struct WorldArguments {
  int64_t length = 0;  // of the life, in what the program's own option counts
  uint64_t seed = 1;
  int percent = 0;            // of all calls fail
  int64_t document_from = 0;  // as the setting sync.document_from
  int64_t more_listings = 0;  // beside those that something happens to
  std::string bundle;         // of the Amazon plugin
  std::string folder;         // for the world's data
};

// The main of such a program: `--seed S --rate PERCENT --document-from N --more-listings N --bundle DIR --folder DIR`
// and `length_option` ("--hours"), each where it is given in place of `arguments`. Exit status 0: `live` saw no
// problem; 1: it did; 2: it could not say, and standard error does as `name`.
int RunWorldProgram(const std::string& name, const std::string& length_option, WorldArguments arguments, int argc,
                    char** argv, const std::function<bool(const WorldArguments&)>& live);

}  // namespace quayside
