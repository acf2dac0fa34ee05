"""What should be: rules, how they are combined, and how they are evaluated."""
