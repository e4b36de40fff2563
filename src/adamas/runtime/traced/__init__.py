"""Steps as functions of values."""
