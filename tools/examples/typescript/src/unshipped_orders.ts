// Prints what the merchant has to send: every line of every open order that is not sent yet, the most urgent first.
import { parseArgs } from "node:util";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { type Client, ConnectError, createClient } from "@connectrpc/connect";
import { CONNECTION_OPTIONS, TIMEOUT_MS, connect } from "./connection.js";
import { FulfilmentChannel } from "./gen/quayside/v1/common_pb.js";
import { type Order, OrderService, OrderState } from "./gen/quayside/v1/order_service_pb.js";

const PAGE_SIZE = 500;

interface Row {
  shipBy: string; // "" without a date
  channel: string;
  order: string;
  quantity: number;
  sku: string;
}

// All orders in a state, page by page.
async function* ordersIn(orders: Client<typeof OrderService>, state: OrderState): AsyncGenerator<Order> {
  let pageToken = "";
  do {
    const response = await orders.listOrders({ pageSize: PAGE_SIZE, pageToken, filter: { state } }, { timeoutMs: TIMEOUT_MS });
    yield* response.orders;
    pageToken = response.nextPageToken;
  } while (pageToken !== "");
}

async function unshippedLines(orders: Client<typeof OrderService>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const state of [OrderState.OPEN, OrderState.PARTLY_DESPATCHED]) {
    for await (const order of ordersIn(orders, state)) {
      // The marketplace's own warehouse sends it.
      if (order.fulfilment === FulfilmentChannel.MARKETPLACE) continue;
      const shipBy = order.shipByTime === undefined ? "" : timestampDate(order.shipByTime).toISOString().replace(".000Z", "Z");
      for (const line of order.lines) {
        const quantity = line.quantity - line.quantityDespatched - line.quantityCancelled;
        if (quantity > 0) rows.push({ shipBy, channel: order.channel, order: order.externalId, quantity, sku: line.sku });
      }
    }
  }
  // Without a date last.
  const key = (row: Row) => [row.shipBy === "" ? "1" : `0${row.shipBy}`, row.channel, row.order, row.sku].join("\0");
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

const { values } = parseArgs({ options: CONNECTION_OPTIONS });
try {
  const rows = await unshippedLines(createClient(OrderService, connect(values)));
  const print = (shipBy: string, channel: string, order: string, quantity: string, sku: string) =>
    console.log([shipBy.padEnd(20), channel.padEnd(11), order.padEnd(19), quantity.padStart(8), sku].join("  "));
  print("ship by", "channel", "order", "quantity", "SKU");
  for (const row of rows) print(row.shipBy || "-", row.channel, row.order, String(row.quantity), row.sku);
  process.exit(0);
} catch (error) {
  console.error(ConnectError.from(error).message);
  process.exit(1);
}
