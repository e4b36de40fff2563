"""What tensors in host memory need."""
