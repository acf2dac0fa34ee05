"""What runs in a cluster beside the API server: the built-in controllers, a scheduler, a kubelet."""
