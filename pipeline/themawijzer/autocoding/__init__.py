"""What the trained model says of a survey's answers: audits, certificates, drift, codes."""
