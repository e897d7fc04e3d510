"""What deliveries are listed by, in words. It imports nothing: the verbs' help names them."""

STATUSES = ("pending", "delivered", "failed", "discarded")
EVENTS = ("in-progress", "completed", "absent")
