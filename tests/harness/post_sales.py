"""Cancellations and refunds at Amazon against those the host knows: no money twice, none lost, none of unknown fate."""

_OPEN = ("waiting", "sending", "unknown", "submitted")


def refunds_there(sim):
    """How often money was given back, by Amazon's id of the order."""
    found = {}
    for entry in sim.look("ledger", section="post_sale")["post_sale"]:
        if entry["kind"].startswith("refund"):
            found[entry["order_id"]] = found.get(entry["order_id"], 0) + 1
    return found


def _listed(host, state):
    return host.ask("orders", "post-sale", "--state", state, "--limit", "20").get("postSaleActions", [])


def unfinished(host):
    """Actions without an end and those that failed, in words, as the running host tells them; of each state some."""
    return [f"{each['name']} is {state}: {each.get('message', '')} [{each.get('reason', '')}]"
            for state in (*_OPEN, "unclear", "failed") for each in _listed(host, state)]


def put_right(sim, host):
    """What an operator does: looks at Amazon what became of the unclear ones, and asks again for those that failed. An order has one
    refund at most here, so what is there for it is that one."""
    external = {order["name"].split("/")[1]: order_id for order_id, orders in host.orders().items() for order in orders}
    true_orders, refunds = sim.orders(), refunds_there(sim)
    for action in _listed(host, "unclear"):
        order = action["name"].split("/")[1]
        if action.get("refundLines"):  # of a cancellation the list is there, and empty
            done = external[order] in refunds
        elif true_orders[external[order]]["status"] == "CANCELLED":
            continue  # the host sees it by itself
        else:
            done = False
        host.run("orders", "post-sale", "settle", order, str(action["number"]), "--done" if done else "--not-done", check=False)
    for action in _listed(host, "failed"):
        host.run("orders", "post-sale", "retry", action["name"].split("/")[1], str(action["number"]), check=False)


def problems(sim, cancelled, refunded):
    """What is wrong, in words, with what the host was told: by order "done" (acknowledged), "refused" or "unknown". Nothing is under way
    any more."""
    found = []
    true_orders, refunds = sim.orders(), refunds_there(sim)
    for order, times in refunds.items():
        if times > 1:
            found.append(f"{order} was refunded {times} times")
        if refunded.get(order, "refused") == "refused":
            found.append(f"{order} was refunded, and nobody asked for it")
    found += [f"the acknowledged refund of {order} is not at Amazon"
              for order, outcome in refunded.items() if outcome == "done" and order not in refunds]
    found += [f"{order} is {true_orders[order]['status']}, its cancellation was acknowledged"
              for order, outcome in cancelled.items() if outcome == "done" and true_orders[order]["status"] != "CANCELLED"]
    return found
