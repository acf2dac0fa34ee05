"""What runs in a cluster beside the API server: built-in controllers, a scheduler, a kubelet."""
