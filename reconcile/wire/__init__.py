"""How it is said to Metacontroller: requests decoded, responses encoded, nothing lost."""
