#include "tests/engine_world/world_program.h"

#include <exception>
#include <iostream>

namespace quayside {

int RunWorldProgram(const std::string& name, const std::string& length_option, WorldArguments arguments, int argc,
                    char** argv, const std::function<bool(const WorldArguments&)>& live) {
  try {
    for (int i = 1; i + 1 < argc; i += 2) {
      const std::string option = argv[i];
      const std::string value = argv[i + 1];
      if (option == length_option) arguments.length = std::stoll(value);
      if (option == "--seed") arguments.seed = std::stoull(value);
      if (option == "--rate") arguments.percent = std::stoi(value);
      if (option == "--document-from") arguments.document_from = std::stoll(value);
      if (option == "--more-listings") arguments.more_listings = std::stoll(value);
      if (option == "--bundle") arguments.bundle = value;
      if (option == "--folder") arguments.folder = value;
    }
    return live(arguments) ? 0 : 1;
  } catch (const std::exception& e) {
    std::cerr << name << ": " << e.what() << "\n";
    return 2;
  }
}

}  // namespace quayside
