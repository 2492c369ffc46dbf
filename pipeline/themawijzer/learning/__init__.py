"""From annotated examples to a model that gives every code a probability."""
