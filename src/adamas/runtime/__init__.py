"""All that a step needs and no framework owns."""
