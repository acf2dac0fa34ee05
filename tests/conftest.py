"""What every test shares: how Hypothesis searches."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Two cores are shared by all that runs here, so an example may be slow without being wrong; and a
# law that fails must fail again in the next run, so examples are the same each time.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile("suite")
