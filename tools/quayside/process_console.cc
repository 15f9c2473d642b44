#include "tools/quayside/process_console.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <thread>

#include "absl/time/clock.h"

namespace quayside::cli {
namespace {

std::size_t TerminalColumns() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// Reads key by key with echo and the terminal's own Ctrl-C off, so that the old mode comes back on every way out.
std::optional<std::string> ReadSecretFromTerminal(const std::string& prompt) {
  termios before{};
  if (tcgetattr(STDIN_FILENO, &before) != 0) return std::nullopt;
  std::cerr << prompt << std::flush;
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  std::optional<std::string> secret = std::string();
  for (char key = 0;;) {
    if (read(STDIN_FILENO, &key, 1) != 1 || key == '\x03' || (key == '\x04' && secret->empty())) {
      secret.reset();
      break;
    }
    if (key == '\n' || key == '\r' || key == '\x04') break;
    if (key == '\x7f' || key == '\b') {
      // One character, not one byte.
      while (!secret->empty() && (static_cast<unsigned char>(secret->back()) & 0xC0U) == 0x80U) secret->pop_back();
      if (!secret->empty()) secret->pop_back();
    } else if (key == '\x15') {
      secret->clear();
    } else {
      secret->push_back(key);
    }
  }
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << "\n";
  return secret;
}

}  // namespace

Console MakeProcessConsole(Interrupt& interrupt) {
  return Console{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .interrupt = interrupt,
      .in_is_terminal = isatty(STDIN_FILENO) == 1,
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = isatty(STDERR_FILENO) == 1,
      .out_columns = TerminalColumns,
      .environment = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      },
      .now = [] { return absl::Now(); },
      .read_secret = ReadSecretFromTerminal,
  };
}

void HandleSignals(Interrupt& interrupt) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  // Blocked here and so in every thread started later; one thread takes them, where locks may be held and calls be
  // cancelled.
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  std::thread([&interrupt, stop_signals] {
    for (int number = 0; sigwait(&stop_signals, &number) == 0;) {
      // A second Ctrl-C means it: whatever was asked to stop did not.
      if (interrupt.triggered() || !interrupt.Trigger()) _exit(130);
    }
  }).detach();
}

}  // namespace quayside::cli
