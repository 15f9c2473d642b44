// The listings lane's cursor, and positions of any content.
#include "cursor_checks.h"
#include "listings_position.h"

QUAYSIDE_FUZZ_TARGET(amazon_listings_cursor) {
  CheckLaneCursor<amazon::ListingsPosition>(input, "listings/eu/A1/M1", "listings/eu/A1/M2",
                                            amazon::EncodeListingsPosition, amazon::DecodeListingsPosition);
}
