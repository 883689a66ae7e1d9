"""The one stateful object: pool, journal and budget, and what follows from them."""

from discovery.campaign.pool import LazyPool
from discovery.campaign.record import CampaignRecord, Entry, fold
from discovery.campaign.state import Campaign

__all__ = ["Campaign", "CampaignRecord", "Entry", "LazyPool", "fold"]
