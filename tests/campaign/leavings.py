"""Packages that left during a ShopLife, and what was cancelled and refunded here: until all of it is over, and what is wrong then."""
from harness import despatches, post_sales
from harness.polling import TimedOut, until

# Amazon's, so that documents are under way all the time.
SETTINGS = {"feeds": {"queue_s": [5, 60], "work_s": [5, 120],
                      "retention_days": 3650},  # those of the first day are judged on the last one, too
            "packages_show_after_s": 120}  # simulated seconds until a package that was taken shows in its order
SHOWS = 1_500  # simulated seconds after which what a lost answer was about is certain


def until_over(sim, host, seconds, elsewhere=lambda: []):
    """Tries again what trouble wore out, as an operator would. What is left after so many seconds, in words; `elsewhere` tells what else
    is under way."""
    left = []

    def over():
        left[:] = despatches.unfinished(host, "failed")
        if any(" is failed" in text for text in left):
            host.run("orders", "retry", "--all")
        taken_back = post_sales.unfinished(host)
        if any(" is unclear" in text or " is failed" in text for text in taken_back):
            post_sales.put_right(sim, host)
        left.extend(taken_back)
        left.extend(elsewhere())
        sim.advance(60)
        return not left
    try:
        until(over, "every package is confirmed, everything taken back is settled, nothing is under way", seconds, every=0.5)
    except TimedOut:
        return left
    return []


def wrong_packages(sim, host, life):
    """Nothing is under way any more; the host is stopped. What was acknowledged is at Amazon, under its own tracking number, once."""
    told = {}
    for order_id, order in sim.orders().items():
        for package in order["packages"]:
            told.setdefault(package["tracking"], []).append(order_id)
    return (despatches.problems(sim, host) +
            [f"the acknowledged package {tracking} of {order} is at Amazon for {told.get(tracking, [])}"
             for tracking, (order, outcome) in life.despatched.items() if outcome == "done" and told.get(tracking) != [order]] +
            [f"the refused package {tracking} of {order} is at Amazon"
             for tracking, (order, outcome) in life.despatched.items() if outcome == "refused" and tracking in told])


def wrong_post_sales(sim, life):
    return post_sales.problems(sim, life.cancelled_here, life.refunded)


def counts(sim, life):
    """How much there was to be wrong."""
    return {"packages": sum(len(order["packages"]) for order in sim.orders().values()),
            "despatched": sum(1 for _, outcome in life.despatched.values() if outcome == "done"), "untracked": life.untracked,
            "cancelled": sum(1 for outcome in life.cancelled_here.values() if outcome == "done"),
            "refunded": sum(1 for outcome in life.refunded.values() if outcome == "done")}
