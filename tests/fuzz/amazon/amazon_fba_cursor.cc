// The stock lane's cursor, and positions of any content.
#include "cursor_checks.h"
#include "fba_position.h"

QUAYSIDE_FUZZ_TARGET(amazon_fba_cursor) {
  CheckLaneCursor<amazon::StockPosition>(input, "stock/eu/A1/M1", "stock/eu/A1/M2", amazon::EncodeStockPosition,
                                         amazon::DecodeStockPosition);
}
