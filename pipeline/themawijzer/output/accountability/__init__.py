"""What must be known of a model and of its use: the model card, and the entry for the algorithm register."""
