"""Attacks on the program, each as a function that tells what it found."""
