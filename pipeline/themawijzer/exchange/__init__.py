"""What other coding programs hand over: REFI-QDA projects in and out, Label Studio and doccano in."""
