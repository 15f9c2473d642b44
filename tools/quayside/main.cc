#include <string>
#include <vector>

#include "tools/quayside/cli.h"
#include "tools/quayside/interrupt.h"
#include "tools/quayside/process_console.h"

int main(int argc, char** argv) {
  quayside::cli::Interrupt interrupt;
  quayside::cli::HandleSignals(interrupt);
  quayside::cli::Console console = quayside::cli::MakeProcessConsole(interrupt);
  return quayside::cli::RunCli(std::vector<std::string>(argv + 1, argv + argc), console);
}
