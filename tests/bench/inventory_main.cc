// quayside_bench_inventory --make DATA_DIR MASTER_KEY SMALL_DIR: a database with 1,000,000 listings, and one with
// 10,000. quayside_bench_inventory DATA_DIR SMALL_DIR: measures on them and prints one JSON object per row.
// quayside_bench_inventory --rules DATA_DIR, --plan DATA_DIR: an import of rules for all listings; the plan of a sync
// of all. Both change the database.
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "host/base/clock.h"
#include "host/security/cipher.h"
#include "host/store/sqlite_store.h"
#include "tests/bench/big_catalogue.h"
#include "tests/bench/catalogue_jobs.h"
#include "tests/bench/figures.h"
#include "tests/bench/inventory.h"

namespace {

std::unique_ptr<quayside::Store> Open(const std::string& data_dir) {
  auto store = quayside::OpenSqliteStore({.data_dir = data_dir});
  quayside::Check(store.status());
  return *std::move(store);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 5 && std::string(argv[1]) == "--make") {
      const auto store = Open(argv[2]);
      const quayside::SystemClock clock;
      quayside::Check(quayside::OpenEnvelopeCipher(*store, clock, argv[3], true).status());
      quayside::MakeBigCatalogue(*store);
      quayside::MakeBigCatalogue(*Open(argv[4]), quayside::kFewItems);
      return 0;
    }
    if (argc == 3 && std::string(argv[1]) == "--rules") {
      quayside::MeasureRuleImport(*Open(argv[2]));
      return 0;
    }
    if (argc == 3 && std::string(argv[1]) == "--plan") {
      quayside::MeasureFullPlan(*Open(argv[2]));
      return 0;
    }
    if (argc != 3) {
      std::cerr
          << "usage: quayside_bench_inventory [--make] DATA_DIR [MASTER_KEY] SMALL_DIR, or --rules | --plan DATA_DIR\n";
      return 2;
    }
    quayside::MeasureInventory(*Open(argv[1]), *Open(argv[2]));
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "quayside_bench_inventory: " << e.what() << "\n";
    return 1;
  }
}
