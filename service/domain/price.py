"""What a recording costs: Twilio bills each started minute (measured: 23 s and 53 s cost the same)."""

from decimal import Decimal

SECONDS_PER_MINUTE = 60


def price(samples: int, sample_rate: int, per_minute: Decimal) -> Decimal:
    """Return the price as Twilio writes it: negative, for it is taken from a balance."""
    minutes = -(-samples // (sample_rate * SECONDS_PER_MINUTE))
    return -(minutes * per_minute)
