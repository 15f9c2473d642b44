"""A campaign in a world of its own, from its first round to its last line."""
from campaign.report import Result


def carry_through(campaign, options):
    """What campaign.run() answers. What stops it is a problem of the result, and the ends of the world's logs are printed."""
    try:
        return campaign.run()
    except Exception as error:
        print(campaign.world.tails())
        return Result({"rounds": options.rounds, "seed": options.seed, "seconds": round(campaign.progress.seconds)},
                      campaign.problems + [f"{type(error).__name__}: {error}"])
    finally:
        campaign.world.keep = options.keep
        if options.keep:
            campaign.progress.say(f"the world is in {campaign.world.folder}")
        campaign.world.close()
