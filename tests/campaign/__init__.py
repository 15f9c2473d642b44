"""Campaigns: long, seeded attempts to break a promise. Each is a module of campaign.all with SUMMARY and run(Options) -> Result."""
