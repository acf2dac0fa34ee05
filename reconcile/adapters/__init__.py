"""The edges: a controller mounted in web servers and function platforms, a few dozen lines each.

1. Here, and only here below the command line, the world is touched: clock, entropy, files, log.
2. Every adapter stands on `webhook.Webhook.answer`, a pure function; it decides nothing itself.
3. Frameworks are imported by the adapter that needs them, never by this package.
"""
