// quayside-probe FOLDER: loads a plugin bundle the way the host would and says what is wrong. Run by the host for every
// library it has not loaded before.
#include <cstdio>

#include "host/plugin/probe.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: quayside-probe BUNDLE_FOLDER\n", stderr);
    return 2;
  }
  return quayside::RunProbe(argv[1]);
}
