"""Definitions judged offline: what a server refuses, what does not work, what a change breaks.

1. Documents of strangers come in, values go out; nothing is sent and nothing is changed.
2. What the server says is said in its words; what is ours has a reason and a remedy.
"""
