#!/usr/bin/python3
"""Prints what the merchant has to send: every line of every open order that is not sent yet, the most urgent first."""
import argparse
import sys

import connection  # first: it knows where the generated modules are
import grpc
from quayside.v1 import common_pb2, order_service_pb2, order_service_pb2_grpc

PAGE_SIZE = 500


def orders_in(orders, state):
    """All orders in a state, page by page."""
    request = order_service_pb2.ListOrdersRequest(page_size=PAGE_SIZE, filter=order_service_pb2.OrderFilter(state=state))
    while True:
        response = orders.ListOrders(request, timeout=connection.TIMEOUT_S)
        yield from response.orders
        if not response.next_page_token:
            return
        request.page_token = response.next_page_token


def unshipped_lines(orders):
    """(ship by, channel, order, quantity, SKU) of what is left to send."""
    found = []
    for state in (order_service_pb2.ORDER_STATE_OPEN, order_service_pb2.ORDER_STATE_PARTLY_DESPATCHED):
        for order in orders_in(orders, state):
            if order.fulfilment == common_pb2.FULFILMENT_CHANNEL_MARKETPLACE:
                continue  # The marketplace's own warehouse sends it.
            ship_by = order.ship_by_time.ToJsonString() if order.HasField("ship_by_time") else "-"
            for line in order.lines:
                left = line.quantity - line.quantity_despatched - line.quantity_cancelled
                if left > 0:
                    found.append((ship_by, order.channel, order.external_id, left, line.sku))
    # Without a date last.
    return sorted(found, key=lambda row: (row[0] == "-", row))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    connection.add_options(parser)
    options = parser.parse_args()
    with connection.connect(options) as channel:
        try:
            rows = unshipped_lines(order_service_pb2_grpc.OrderServiceStub(channel))
        except grpc.RpcError as error:
            print(connection.explain(error), file=sys.stderr)
            return 1
    print(f"{'ship by':20}  {'channel':11}  {'order':19}  {'quantity':>8}  SKU")
    for ship_by, channel_name, order, quantity, sku in rows:
        print(f"{ship_by:20}  {channel_name:11}  {order:19}  {quantity:8}  {sku}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
