"""Metacontroller in memory: it calls hooks and writes, by the rules of version 4.17.2.

1. It has a memory of its own: caches, queues, remembered answers. It acts on what was delivered to
   it, and reaches the cluster by requests alone.
2. One step is one event: a delivery, one sync of one parent, one look at one controller object.

Source: recordings of Metacontroller 4.17.2, which judge it; its numbered rules are named where
they are followed.
"""
