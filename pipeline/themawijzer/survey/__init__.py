"""Files in: the survey, its responses, the codebook and what people annotated."""
